/** Known vulnerabilities of the packages that are shipped, by `npm audit`. Its advisories come from a service that not every
 *  registry has: where none answers, that is said and counts as skipped, never as passed. */
import { spawnSync } from 'node:child_process';

/** @param {string} report what `npm audit --json` printed
 *  @returns {{ kind: 'answered', found: string[] } | { kind: 'silent', reason: string }} */
export function auditOf(report) {
  let read;
  try {
    read = JSON.parse(report);
  } catch {
    return { kind: 'silent', reason: 'npm audit gave no report' };
  }
  // Without these a report has looked at nothing, whatever else it holds.
  if (!read?.auditReportVersion || !read.vulnerabilities || !(read.metadata?.dependencies?.total > 0)) {
    const reason = read?.statusCode ?? read?.error?.code ?? 'no advisories in the report';
    return { kind: 'silent', reason: String(reason) };
  }
  const found = Object.values(read.vulnerabilities).map(({ name, severity, range }) => `${name} ${range}: ${severity}`);
  return { kind: 'answered', found };
}

/** @returns {{ passed: number, failed: number, skipped: number }} */
export function audit() {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
    encoding: 'utf8',
    timeout: 120_000,
    shell: process.platform === 'win32',
  });
  const outcome = auditOf(stdout ?? '');
  if (outcome.kind === 'silent') {
    console.log(`Not looked up: no advisory service answered (${outcome.reason}).`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  outcome.found.forEach((line) => console.error(line));
  console.log(`${outcome.found.length} known vulnerabilities among the packages that are shipped.`);
  return outcome.found.length > 0 ? { passed: 0, failed: 1, skipped: 0 } : { passed: 1, failed: 0, skipped: 0 };
}
