/** Lungs and lesions in numbers. */
import type { Findings, LungFindings } from '../../findings/findings.ts';
import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';
import { diagnosisOf } from '../state.ts';
import { millilitres, percent } from '../words.ts';

const rows: readonly { label: string; isOfLesions: boolean; show: (lung: LungFindings) => string }[] = [
  { label: 'Volume, ml', isOfLesions: false, show: ({ volumeMl }) => millilitres(volumeMl) },
  { label: 'Mean HU', isOfLesions: false, show: ({ meanHu }) => meanHu?.toFixed(0) ?? '–' },
  { label: 'Lesions', isOfLesions: true, show: ({ lesionCount }) => String(lesionCount) },
  { label: 'Lesion, ml', isOfLesions: true, show: ({ lesionMl }) => millilitres(lesionMl) },
  { label: 'Share of the lung (LVR)', isOfLesions: true, show: (lung) => percent(lung.lesionVolumeRatio) },
  { label: 'High opacity', isOfLesions: true, show: ({ highOpacityRatio }) => percent(highOpacityRatio) },
];

export function FindingsSection() {
  const diagnosis = useAppState(diagnosisOf);
  if (!diagnosis?.findings) return null;
  return (
    <Fold title={diagnosis.network ? 'Findings' : 'Lungs'} open>
      <LungTable findings={diagnosis.findings} withLesions={diagnosis.network !== null} />
    </Fold>
  );
}

function LungTable({ findings: { lungs }, withLesions }: { findings: Findings; withLesions: boolean }) {
  const sides = { right: 'Right', left: 'Left', both: 'Both' } as const;
  const names = Object.keys(sides) as (keyof typeof sides)[];
  return (
    <table className="numbers" data-testid="lungs">
      <thead>
        <tr>
          <td />
          {names.map((side) => (
            <th key={side} scope="col">
              {sides[side]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          .filter(({ isOfLesions }) => withLesions || !isOfLesions)
          .map(({ label, show }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {names.map((side) => (
                <td key={side}>{show(lungs[side])}</td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}
