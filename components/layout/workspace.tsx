"use client";
import { createContext, useContext, type ReactNode } from "react";
import type { Role } from "@/lib/auth/actor";

export interface WorkspaceInfo {
  name: string;
  /** IANA zone in which days, weeks and months are built. */
  timeZone: string;
  currency: string;
  /** The data is made by the simulator. */
  demo: boolean;
  user: { id: string; name: string; email?: string; role: Role };
}

const WorkspaceContext = createContext<WorkspaceInfo | undefined>(undefined);

export function WorkspaceProvider({ value, children }: { value: WorkspaceInfo; children: ReactNode }) {
  return <WorkspaceContext value={value}>{children}</WorkspaceContext>;
}

/** Viewers see; exporting begins with analysts. Outside the console (tests, stories) nothing is held back. */
export function useMayExport(): boolean {
  return useContext(WorkspaceContext)?.user.role !== "viewer";
}

/** The workspace and the person looking at it. */
export function useWorkspace(): WorkspaceInfo {
  const value = useContext(WorkspaceContext);
  if (!value) throw new Error("useWorkspace needs the WorkspaceProvider of the console layout.");
  return value;
}
