/** A short message at the edge of the screen. The library behind it comes with the first message, not with the page. */
export async function notify(kind: "success" | "error", message: string): Promise<void> {
  const { toast } = await import("sonner");
  toast[kind](message);
}
