import fc from "fast-check";
import { Dice } from "./dice.ts";
import { HAPPENINGS_MAX, type Life, PLAIN_STARTUP, type StartupPlan } from "./life.ts";
import type { World } from "./world.ts";

/**
 * Whole lives in some worlds. One draws its own numbers from a single one of fast-check's, which is many times quicker
 * than an arbitrary for each; it shrinks to fewer and simpler happenings, an earlier world and a start-up in which all is well.
 */
export class LifeArbitrary extends fc.Arbitrary<Life> {
  readonly #worlds: readonly World[];
  /** How many of the worlds, the first ones, are lived in most of the time. */
  readonly #usual: number;

  constructor(worlds: readonly World[]) {
    super();
    this.#worlds = worlds;
    this.#usual = usualOf(worlds);
  }

  override generate(random: fc.Random): fc.Value<Life> {
    return new fc.Value(drawLife(new Dice(random.nextInt()), this.#worlds, this.#usual), undefined);
  }

  override canShrinkWithoutContext(_: unknown): _ is Life {
    return false;
  }

  override shrink(life: Life): fc.Stream<fc.Value<Life>> {
    return fc.stream(shrunk(life, this.#worlds)).map((each) => new fc.Value(each, undefined));
  }
}

/** A life in some worlds by chance; `usual`: how many of the worlds, the first ones, are lived in most of the time. */
export function drawLife(dice: Dice, worlds: readonly World[], usual = usualOf(worlds)): Life {
  const isRare = dice.below(TEXTS_ONE_OF) === 0 && usual < worlds.length;
  const w = isRare ? usual + dice.below(worlds.length - usual) : dice.below(usual);
  const { board, prologues, storm, alphabet, isOfTexts } = worlds[w]!;
  const startup = isOfTexts ? placeDrawn(dice) : board === null ? PLAIN_STARTUP : startupDrawn(dice);
  const { codes, focus } = dice.of(prologues);
  const happenings = [...codes];
  if (storm !== null && dice.below(128) === 0) for (let i = 0; i < STORM; i++) happenings.push(storm);
  for (let left = dice.below(HAPPENINGS_MAX - codes.length + 1); left > 0; left--)
    happenings.push(alphabet.draw(dice, focus));
  return {
    world: w,
    startup,
    happenings,
    cut: dice.below(CUT_ONE_OF) === 0 ? dice.below(HAPPENINGS_MAX) : null,
  };
}

function usualOf(worlds: readonly World[]): number {
  return worlds.filter(({ isOfTexts }) => !isOfTexts).length;
}

// Reading a configuration takes many times as long as a life.
const TEXTS_ONE_OF = 256;

// More than a client can keep (FLT-3).
const STORM = 66;

// A snapshot and its replay take many times as long as the life.
const CUT_ONE_OF = 128;

function placeDrawn(dice: Dice): StartupPlan {
  return { ...PLAIN_STARTUP, service: dice.of(SERVICES), guest: dice.below(8) === 0 };
}

function startupDrawn(dice: Dice): StartupPlan {
  const plan = { ...placeDrawn(dice), safety: dice.of(SAFETIES) };
  // Start-ups are few beside lives, and what does not start does not live.
  switch (dice.below(32)) {
    case 0:
      return { ...plan, configError: true };
    case 1:
    case 2:
    case 3:
      return { ...plan, bad: { step: 1 + dice.below(20), how: dice.below(4) } };
    case 4:
      return {
        ...plan,
        elaborate: true,
        bad: dice.below(2) === 0 ? null : { step: 1 + dice.below(20), how: 3 },
      };
    case 5:
      return { ...plan, early: { step: 1 + dice.below(14), device: dice.below(2) } };
    default:
      return plan;
  }
}

const SERVICES = ["smmuman", "smmuman-safety"] as const;
const SAFETIES = ["none", "warn", "required"] as const;

/** Smaller lives, the smallest first. */
function* shrunk(life: Life, worlds: readonly World[]): IterableIterator<Life> {
  const { happenings, startup, cut } = life;
  const { alphabet, board } = worlds[life.world]!;
  for (let size = happenings.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < happenings.length; at += size)
      yield { ...life, happenings: [...happenings.slice(0, at), ...happenings.slice(at + size)] };
  for (const plan of simplerStartups(startup)) yield { ...life, startup: plan };
  // Worlds of one kind understand the same codes.
  for (const [w, world] of worlds.slice(0, life.world).entries())
    if (
      world.isOfTexts === worlds[life.world]!.isOfTexts &&
      (world.board === null) === (board === null) &&
      world.alphabet.size === alphabet.size
    )
      yield { ...life, world: w };
  for (const [i, code] of happenings.entries())
    for (const simpler of alphabet.simpler(code)) yield { ...life, happenings: happenings.with(i, simpler) };
  if (cut !== null) {
    yield { ...life, cut: null };
    if (cut > 0) yield { ...life, cut: cut - 1 };
  }
}

function* simplerStartups(plan: StartupPlan): IterableIterator<StartupPlan> {
  const { bad, early } = plan;
  if (plan.guest) yield { ...plan, guest: false };
  if (plan.configError) yield { ...plan, configError: false };
  if (plan.elaborate) yield { ...plan, elaborate: false };
  if (bad !== null) {
    yield { ...plan, bad: null };
    if (bad.how > 0) yield { ...plan, bad: { ...bad, how: bad.how - 1 } };
    if (bad.step > 1) yield { ...plan, bad: { ...bad, step: bad.step - 1 } };
  }
  if (early !== null) yield { ...plan, early: null };
  if (plan.safety !== "none") yield { ...plan, safety: "none" };
  if (plan.service !== "smmuman") yield { ...plan, service: "smmuman" };
}
