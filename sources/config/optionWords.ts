/** The options of the language (section 6). */
export const OPTION_WORDS = [
  "allow",
  "debug",
  "device",
  "foreground",
  "reserved",
  "safety",
  "smmu",
  "unit",
  "use",
  "user",
] as const;
/** One option's word. */
export type OptionWord = (typeof OPTION_WORDS)[number];

/** How an option is written: its arguments in order, the required ones first. */
export interface OptionShape {
  readonly usage: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Its first argument is a name that the configuration chooses. */
  readonly namesFirst: boolean;
  readonly example: string;
}

/** The shape of every option. */
export const OPTION_SHAPES: Readonly<Record<OptionWord, OptionShape>> = {
  allow: {
    usage: "allow name start,len[,permissions]",
    required: ["a name", "a range start,len"],
    optional: [],
    namesFirst: true,
    example: "allow smbs0 0x7f000000,0x100000,st",
  },
  debug: {
    usage: "debug 1|2",
    required: ["a level, 1 or 2"],
    optional: [],
    namesFirst: false,
    example: "debug 2",
  },
  device: {
    usage: "device pci:bus:dev.func|mem:paddr[,len] [name]",
    required: ["a device"],
    optional: ["the name of an allow set"],
    namesFirst: false,
    example: "device pci:0:18.0 smbs0",
  },
  foreground: { usage: "foreground", required: [], optional: [], namesFirst: false, example: "foreground" },
  reserved: {
    usage: "reserved start,len",
    required: ["a range start,len"],
    optional: [],
    namesFirst: false,
    example: "reserved 0x7b800000,0x4800000",
  },
  safety: {
    usage: "safety none|warn|required",
    required: ["none, warn or required"],
    optional: [],
    namesFirst: false,
    example: "safety required",
  },
  smmu: {
    usage: "smmu type [parameters]",
    required: ["a type"],
    optional: ["parameters"],
    namesFirst: false,
    example: "smmu vtd require",
  },
  unit: {
    usage: "unit name parameters",
    required: ["a name", "parameters"],
    optional: [],
    namesFirst: true,
    example: "unit mmu500 0x51400000,64,66,0",
  },
  use: {
    usage: "use unit [parameter]",
    required: ["the name of a unit"],
    optional: ["a parameter"],
    namesFirst: true,
    example: "use vi0 0",
  },
  user: {
    usage: "user uid[:gid[,gid...]]|name",
    required: ["a user id or name"],
    optional: [],
    namesFirst: false,
    example: "user 100:100",
  },
};

/** Options that matter only to the host's service (HG-3.2). */
export const HOST_ONLY: ReadonlySet<OptionWord> = new Set<OptionWord>(["reserved", "smmu", "unit", "use"]);

const KNOWN: ReadonlyMap<string, OptionWord> = new Map(OPTION_WORDS.map((word) => [word, word]));

/** The option that a text names, or null. */
export function parseOptionWord(text: string): OptionWord | null {
  return KNOWN.get(text) ?? null;
}
