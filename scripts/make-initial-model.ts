/** npm run make-initial-model: the untrained models that ship, full's for imported weights to stand beside, tiny's for
 *  tests. Their weights are made from the seed when needed. */
import { classes } from '../src/network/describe.ts';
import type { PlanName } from '../src/network/plans.ts';
import { ourPreprocessing } from '../src/network/preprocessing.ts';
import { writeModel, type ManifestWords } from './modelFolder.ts';

const seed = 20260101;

const words = (plan: PlanName): ManifestWords => ({
  name: `${plan}-untrained`,
  version: '1',
  card: 'Untrained: random weights. What this network computes says nothing about the patient.',
  plan,
  classes: [...classes],
  preprocessing: ourPreprocessing,
  training: `None. Weights drawn at random with seed ${seed}.`,
  evidence: 'none',
  verified: true,
});

await writeModel(words('full'), { seeded: seed });
await writeModel(words('tiny'), { seeded: seed });
