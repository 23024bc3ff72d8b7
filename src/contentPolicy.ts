/** By directive. */
export type Policy = Readonly<Record<string, string>>;

/** What the page may do. Nothing leaves the machine: `connect-src` names only the page's own origin, and
 *  WebAssembly is the one thing allowed to be compiled. Inline styles are Cornerstone's and React's. */
export const contentPolicy: Policy = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'img-src': "'self' data: blob:",
  'style-src': "'self' 'unsafe-inline'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

export const policyText = (policy: Policy) =>
  Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');

/** For a response's header: a page cannot say of itself who may frame it. */
export const headerPolicy = (policy: Policy) => `${policyText(policy)}; frame-ancestors 'none'`;
