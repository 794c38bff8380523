import { z } from "zod";

// The page's Content-Security-Policy forbids eval. zod would try it once, for speed, and the browser would report it.
z.config({ jitless: true });
