/** `npm test`: installs what is missing, then types, house rules, advisories, unit tests and browser tests, and one closing
 *  line "N passed, N failed, N skipped" over all of them. Names of suites run only these: `npm test -- unit e2e`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { audit } from './audit.mjs';
import { install } from './install.mjs';

chdir(fileURLToPath(new URL('..', import.meta.url)));
install();
const reports = '.cache/reports';
mkdirSync(reports, { recursive: true });

const run = (script, args, env = {}) =>
  spawnSync(process.execPath, [`node_modules/${script}`, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  }).status === 0;

/** A check that passes or fails as a whole. */
const whole = (script, args) => () => (run(script, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** What a runner's report counts. A run that failed without a failed test, or left no report, counts as a failure. */
function counted(report, ok, read) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const counts = read(JSON.parse(readFileSync(report, 'utf8')));
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** Asked for before the unit tests: with Chromium comes the software GPU driver that WebGPU's tests use in Node. */
let chromiumFound;
async function chromium() {
  const { ensureChromium } = await import('./chromium.mjs');
  chromiumFound ??= ensureChromium().then(
    () => true,
    (error) => {
      console.error(error.message);
      return false;
    },
  );
  return chromiumFound;
}

async function unit() {
  await chromium();
  const report = `${reports}/unit.json`;
  rmSync(report, { force: true });
  const ok = run('vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  return counted(report, ok, ({ numPassedTests, numFailedTests, numPendingTests }) => ({
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests,
  }));
}

async function e2e() {
  if (!(await chromium())) return { passed: 0, failed: 1 };
  const report = `${reports}/e2e.json`;
  rmSync(report, { force: true });
  const ok = run('@playwright/test/cli.js', ['test', '--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_NAME: report });
  return counted(report, ok, ({ stats: { expected, unexpected, flaky, skipped } }) => ({
    passed: expected,
    failed: unexpected + flaky,
    skipped,
  }));
}

const suites = {
  types: whole('typescript/bin/tsc', []),
  lint: whole('eslint/bin/eslint.js', ['.']),
  format: whole('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']),
  audit,
  unit,
  e2e,
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`No suite is called ${unknown.join(', ')}. There are ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
  console.log(`\n== ${name}`);
  const counts = await suites[name]();
  for (const key of Object.keys(total)) total[key] += counts[key] ?? 0;
}
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed === 0 ? 0 : 1);
