import type { Metadata } from "next";
import { WorkspaceSettings } from "@/components/settings/workspace-settings";
import { requirePageRole } from "@/lib/auth/page";

export const metadata: Metadata = { title: "Workspace" };

export default async function WorkspacePage() {
  await requirePageRole("admin");
  return <WorkspaceSettings />;
}
