import { Interner } from "./interner.ts";
import type { Model } from "./model.ts";
import { RuleLog } from "./ruleLog.ts";
import { readsOf, TransitionGroup } from "./transitionGroup.ts";

/** A model and all that its rules have said so far, as one thread knows it. */
export class Memo {
  readonly model: Model;
  readonly log: RuleLog;
  readonly interner: Interner;
  readonly groups: readonly TransitionGroup[];
  /** Names of the properties, each once. */
  readonly names: readonly string[];

  constructor(model: Model, log = new RuleLog(null, false)) {
    this.model = model;
    this.log = log;
    this.names = [...new Set(model.properties.map(({ name }) => name))];
    this.groups = readsOf(model).map(
      (reads, i) => new TransitionGroup(model, i, reads, log, () => this.interner, this.names),
    );
    this.interner = new Interner(model, log, (at) => this.groups[log.words[at + 1]!]!.learn(at));
  }

  /** How often this thread asked the rules themselves. */
  get asked(): number {
    return this.groups.reduce((sum, { asked }) => sum + asked, 0);
  }
}
