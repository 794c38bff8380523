import { listAnomalies } from "@/lib/alerts/anomaly";
import { route } from "@/lib/auth/route";

/** Most money first. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listAnomalies(ctx));
