import * as runtime from 'onnxruntime-node';
import { sharedPath } from '../../../scripts/shared.ts';
import { runEngineCases } from '../cases/runEngineCases.ts';
import { openNode } from './openNode.ts';

runEngineCases(() => openNode(runtime, 1), { golden: sharedPath('data/golden/') });
