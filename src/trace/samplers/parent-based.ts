import { checkOptions } from '../../common/options.js';
import { alwaysOff, alwaysOn } from './by-parent.js';
import { checkSampler } from './checks.js';
import {
  type Asked,
  askSampler,
  type Decision,
  OwnSampler,
  type ParentKind,
  parentKind,
  type Sampler,
  type SamplingResult,
} from './sampler.js';

/** Who decides for a span whose parent is in another process (remote) or this one, and was sampled or not. */
export interface ParentBasedOptions {
  /** Default `alwaysOn()`. */
  remoteParentSampled?: Sampler;
  /** Default `alwaysOff()`. */
  remoteParentNotSampled?: Sampler;
  /** Default `alwaysOn()`. */
  localParentSampled?: Sampler;
  /** Default `alwaysOff()`. */
  localParentNotSampled?: Sampler;
}

class ParentBased extends OwnSampler {
  readonly #samplers: readonly Sampler[];

  constructor(samplers: readonly Sampler[]) {
    super();
    this.#samplers = samplers;
  }

  override decide(parent: ParentKind): Decision | undefined {
    const sampler = this.#samplers[parent];
    return sampler instanceof OwnSampler ? sampler.decide(parent) : undefined;
  }

  judge(asked: Asked): SamplingResult {
    const sampler = this.#samplers[parentKind(asked.parent)]!;
    return askSampler(sampler, asked);
  }

  toString(): string {
    const [root, localSampled, localNotSampled, remoteSampled, remoteNotSampled] = this.#samplers;
    return `ParentBased{root=${root}, remoteParentSampled=${remoteSampled}, remoteParentNotSampled=${remoteNotSampled}, localParentSampled=${localSampled}, localParentNotSampled=${localNotSampled}}`;
  }
}

/**
 * Follows the decision that was made for the parent; `root` decides for spans that have none. So a trace is
 * kept whole, and decided once, where it begins.
 *
 * ```ts
 * parentBased(traceIdRatio(0.1)); // a tenth of the traces that begin here, and what callers sampled
 * ```
 */
export function parentBased(root: Sampler, options: ParentBasedOptions = {}): Sampler {
  checkOptions('parentBased', options, [
    'remoteParentSampled',
    'remoteParentNotSampled',
    'localParentSampled',
    'localParentNotSampled',
  ]);
  // In the order of the kinds of parent: none, local sampled, local not, remote sampled, remote not.
  const samplers: Sampler[] = [
    check('root', root),
    check('localParentSampled', options.localParentSampled ?? alwaysOn()),
    check('localParentNotSampled', options.localParentNotSampled ?? alwaysOff()),
    check('remoteParentSampled', options.remoteParentSampled ?? alwaysOn()),
    check('remoteParentNotSampled', options.remoteParentNotSampled ?? alwaysOff()),
  ];
  return new ParentBased(samplers);
}

function check(option: string, sampler: Sampler): Sampler {
  return checkSampler('parentBased', option, sampler);
}
