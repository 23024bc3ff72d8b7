/** What the project is built of is always the same: every package named exactly, every package checked by its hash. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditOf } from './audit.mjs';

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
const { '': root, ...packages } = (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> })
  .packages;
const wanted = JSON.parse(read('package.json')) as Required<Pick<Locked, 'dependencies' | 'devDependencies'>>;
const named = { ...wanted.dependencies, ...wanted.devDependencies };

test('every dependency is pinned, and the lock file holds that version', () => {
  expect(Object.keys(named).length).toBeGreaterThan(40);
  for (const [name, version] of Object.entries(named)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
  expect({ ...root.dependencies, ...root.devDependencies }).toEqual(named);
});

test('every package in the lock file has its hash, and none a place where it came from', () => {
  expect(Object.keys(packages).length).toBeGreaterThan(500);
  for (const [path, { integrity, resolved }] of Object.entries(packages)) {
    expect(integrity, path).toMatch(/^sha512-[\w+/]{86}==$/);
    expect(resolved, path).toBeUndefined();
  }
});

const report = (part: object) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {},
    metadata: { dependencies: { total: 9 } },
    ...part,
  });

test('an audit counts only where advisories were looked up', () => {
  expect(auditOf(report({}))).toEqual({ kind: 'answered', found: [] });
  const vulnerabilities = { a: { name: 'a', severity: 'high', range: '<2.0.0' } };
  expect(auditOf(report({ vulnerabilities }))).toEqual({ kind: 'answered', found: ['a <2.0.0: high'] });
  const silent = ['', 'null', '{}', '{"statusCode":405,"error":{}}', report({ metadata: {} })];
  for (const printed of silent) expect(auditOf(printed).kind, printed).toBe('silent');
  expect(auditOf('{"statusCode":405,"error":{}}')).toEqual({ kind: 'silent', reason: '405' });
});
