import { nanoToUsd } from "@/lib/money";

export const usdOrNull = (nano: bigint | null): string | null => (nano === null ? null : nanoToUsd(nano));
