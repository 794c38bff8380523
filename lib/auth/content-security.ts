/** What a page may load and run. Pure, so that a test can read it. */

export interface PageSecurity {
  /** Fresh for every page: only scripts that carry it run, and what they load. */
  nonce: string;
  https: boolean;
  /** React's development build evaluates text to rebuild server stacks. Never in production. */
  development: boolean;
}

export function contentSecurityPolicy({ nonce, https, development }: PageSecurity): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    // Charts, virtual tables and popovers place things with style attributes, which a nonce cannot cover.
    // A style can deface but runs no code, and with img, font and connect kept to ourselves it can send nothing out.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${development ? " ws: wss:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
  ].join("; ");
}

/** Two years, as browsers ask for; sent over https only, where it means something. */
export const STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains";
