/** npm run make-initial-model: the models that ship until trained ones do. Lite's weights are written, so that the
 *  way every trained model takes is the way that is used; the others are made from their seed when needed. */
import { classes } from '../src/network/describe.ts';
import { seededWeights } from '../src/network/initialWeights.ts';
import { plans, type PlanName } from '../src/network/plans.ts';
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

await writeModel(words('lite'), seededWeights(plans.lite, seed));
await writeModel(words('full'), { seeded: seed });
await writeModel(words('tiny'), { seeded: seed });
