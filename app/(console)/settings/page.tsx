import type { Metadata } from "next";
import { AccountSettings } from "@/components/settings/account-settings";
import { loadMe } from "@/lib/auth/load-me";
import { getPageCtx } from "@/lib/auth/page";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  return <AccountSettings me={await loadMe(await getPageCtx())} />;
}
