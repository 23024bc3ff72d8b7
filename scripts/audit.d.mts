export function auditOf(
  report: string,
): { readonly kind: 'answered'; readonly found: string[] } | { readonly kind: 'silent'; readonly reason: string };
export function audit(): { passed: number; failed: number; skipped: number };
