"use client";
import { useWorkspace } from "./workspace";
import type { Role } from "@/lib/auth/actor";

const POWER: Record<Role, number> = { viewer: 0, analyst: 1, lead: 2, admin: 3 };

/** What the person may do here. The API decides; this only keeps buttons away that it would refuse. */
export const useAtLeast = (role: Role): boolean => POWER[useWorkspace().user.role] >= POWER[role];
