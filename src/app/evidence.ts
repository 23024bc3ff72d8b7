/** Which evidence map is shown, and how it is coloured at first. */
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import type { EvidenceMap, EvidenceSetting } from '../viewer/contract.ts';
import type { EvidenceChoice } from './state.ts';
import { classWords } from './words.ts';

export function shownEvidence({ network }: Diagnosis, { className, scale }: EvidenceChoice): EvidenceMap | null {
  if (!network) return null;
  const maps = network.evidence[className];
  return scale === 'all' ? maps.all : maps.scales[scale];
}

/** The last colour goes to the greatest value; the first tenth of the range is left clear, so that the image
 *  stays an image where there is next to no evidence. */
export function evidenceSettingFor(
  { values }: EvidenceMap,
  { className, scale }: EvidenceChoice,
  opacity: number,
): EvidenceSetting {
  const greatest = values.reduce((most, value) => Math.max(most, value), 0);
  const ceiling = greatest > 0 ? greatest : 1;
  const of = scale === 'all' ? '' : `, scale ${scale}`;
  return { floor: ceiling / 10, ceiling, opacity, title: `For ${classWords[className]}${of}`, unit: 'logit' };
}
