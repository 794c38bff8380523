import { handleAuthRequest } from "@/lib/auth/next-auth";

export const GET = handleAuthRequest;
export const POST = handleAuthRequest;
