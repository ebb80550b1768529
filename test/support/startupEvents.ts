import fc from "fast-check";
import type { StartupOutcome, StartupStimulus } from "../../events/startupEvents.ts";
import { FAILURES } from "../../events/startupEvents.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { PAGE_LIMIT, type PageNumber } from "../../events/vocabulary/address.ts";
import type { BoardFacts, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigFacts, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { FAMILIES } from "../../events/vocabulary/family.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import { type Component, DSS_REASONS, SERVICE_NAMES } from "../../events/vocabulary/service.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });
const oneOf = <const T extends readonly unknown[]>(...values: T) => fc.constantFrom<T[number][]>(...values);

const texts = fc.oneof(
  fc.constantFrom("mmu500", "__proto__", "\ud800", "é\u2028"),
  fc.string({ maxLength: 20 }),
);
const units = texts as fc.Arbitrary<UnitName>;
const devices = texts as fc.Arbitrary<DeviceName>;
const hex = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => `0x${value.toString(16)}`);
const pages = fc.oneof(fc.nat(10), fc.constantFrom(PAGE_LIMIT - 1, 2 ** 41)) as fc.Arbitrary<PageNumber>;
const bytes = fc.tuple(pages, fc.nat(4095), fc.nat(4095)).map(([page, a, b]) => ({
  firstPage: page,
  firstOffset: Math.min(a, b),
  lastPage: page,
  lastOffset: Math.max(a, b),
}));
const rights = fc.nat(7) as fc.Arbitrary<Access>;
const flag = fc.boolean();
const service = oneOf(...SERVICE_NAMES);
const place: fc.Arbitrary<ConfigPlace> = record({ file: texts, line: fc.nat(), column: fc.nat() });
const told = orNull(place);
const partialPlace = record({ file: orNull(texts), line: orNull(fc.nat()), column: orNull(fc.nat()) });
const component: fc.Arbitrary<Component> = record({ name: texts, certified: flag });
const components = fc.array(component, { maxLength: 3 });
const role = oneOf("support", "configuration", "device-tree");
const soc = record({ id: hex, revision: hex });
const covers = orNull(
  fc.array(
    fc.oneof(
      record<Extract<CoveredRange, { kind: "pci" }>>({
        kind: fc.constant("pci" as const),
        segment: fc.nat(0xffff),
        first: fc.nat(0xffff),
        last: fc.nat(0xffff),
      }),
      record({ kind: fc.constant("all" as const) }),
    ),
    { maxLength: 2 },
  ),
);
const output = fc.subarray(["stderr" as const, "slog2" as const]);
const architecture = orNull(oneOf("x86", "arm"));
const memory = record({ start: hex, length: hex });

const board: fc.Arbitrary<BoardFacts> = record({
  architecture,
  units: fc.array(
    record({
      name: units,
      family: oneOf(...FAMILIES),
      base: orNull(hex),
      addressWidth: orNull(fc.nat(64)),
      covers,
      source: texts,
    }),
    { maxLength: 2 },
  ),
  devices: fc.array(
    record({
      device: devices,
      listed: flag,
      unit: orNull(units),
      answer: oneOf("unit", "none", "unknown", "undecided"),
      identifiers: fc.array(fc.nat(), { maxLength: 2 }),
      note: orNull(texts),
    }),
    { maxLength: 2 },
  ),
  reserved: fc.array(
    record({
      start: hex,
      length: hex,
      access: oneOf("r", "w", "rw"),
      devices: fc.array(devices, { maxLength: 2 }),
      undecided: fc.array(devices, { maxLength: 2 }),
      source: texts,
    }),
    { maxLength: 2 },
  ),
  image: fc.array(memory, { maxLength: 1 }),
  damaged: fc.array(texts, { maxLength: 1 }),
});

const config: fc.Arbitrary<ConfigFacts> = record({
  service,
  placement: oneOf("hardware", "guest"),
  debug: oneOf(0, 1, 2),
  foreground: flag,
  safety: oneOf("none", "warn", "required"),
  user: orNull(texts),
  smmu: orNull(
    record({
      type: texts,
      parameters: fc.array(texts, { maxLength: 3 }),
      library: orNull(texts),
      origin: place,
    }),
  ),
  units: fc.array(
    record({
      name: texts,
      base: orNull(hex),
      parameters: record({ bypass: oneOf(0, 1), res_sid: fc.array(fc.nat(), { maxLength: 2 }) }),
      origin: place,
    }),
    { maxLength: 2 },
  ),
  allow: fc.array(
    record({ name: texts, start: hex, length: hex, source: flag, target: flag, origin: place }),
    { maxLength: 2 },
  ),
  devices: fc.array(
    record({
      device: texts,
      length: orNull(hex),
      allow: fc.array(texts, { maxLength: 2 }),
      unit: orNull(texts),
      use: orNull(texts),
      uses: fc.array(record({ unit: texts, use: orNull(texts) }), { maxLength: 2 }),
      reserved: fc.array(record({ start: hex, length: hex, access: fc.constant("rw" as const) }), {
        maxLength: 1,
      }),
      origin: place,
    }),
    { maxLength: 2 },
  ),
});

const question: fc.Arbitrary<Question> = fc.oneof(
  oneOf("second-instance", "vdev", "configuration", "components", "soc", "board", "abilities", "name").map(
    (ask): Question => ({ ask }),
  ),
  record({ ask: fc.constant("library" as const), role, name: texts }),
  record({ ask: fc.constant("memory" as const), unit: units, device: orNull(devices) }),
  record({ ask: oneOf("program", "enable"), unit: units }) as fc.Arbitrary<Question>,
  record({ ask: fc.constant("user" as const), user: texts }),
);

const answer: fc.Arbitrary<Answer> = fc.oneof(
  record({ to: oneOf("library", "memory", "vdev-attached"), failed: texts }),
  record({ to: fc.constant("second-instance" as const), running: flag }),
  record({ to: fc.constant("vdev" as const), present: flag, inGuest: flag, architecture }),
  record({ to: oneOf("vdev-host-service", "vdev-attached"), confirmed: flag }),
  record({ to: oneOf("components", "vdev-components"), components }),
  record({ to: fc.constant("library" as const), found: flag, loadable: flag, certified: flag }),
  record({ to: fc.constant("soc" as const), soc: orNull(soc) }),
  record({ to: fc.constant("board" as const), board }),
  record({
    to: oneOf("memory", "program", "enable", "abilities", "name", "user"),
    done: fc.constant(true as const),
  }),
);

type Members<E extends { readonly kind: string }> = {
  readonly [K in E["kind"]]: {
    readonly [M in keyof Omit<Extract<E, { kind: K }>, "kind">]: fc.Arbitrary<Extract<E, { kind: K }>[M]>;
  };
};
type Events<E extends { readonly kind: string }> = {
  readonly [K in E["kind"]]: fc.Arbitrary<Extract<E, { kind: K }>>;
};

function events<E extends { readonly kind: string }>(members: Members<E>): Events<E> {
  return Object.fromEntries(
    Object.entries(members).map(([kind, model]) => [
      kind,
      record({ kind: fc.constant(kind), ...(model as { readonly [name: string]: fc.Arbitrary<unknown> }) }),
    ]),
  ) as unknown as Events<E>;
}

const optionFate = {
  index: fc.nat(),
  option: texts,
  because: orNull(texts),
  requirement: orNull(texts),
};

/** Everything that a start-up may be told, by kind. */
export const STARTUP_STIMULI = events<StartupStimulus>({
  "service.start": { service, arguments: fc.array(texts, { maxLength: 3 }) },
  "config.option": {
    ...optionFate,
    arguments: fc.array(texts, { maxLength: 3 }),
    effect: oneOf("kept", "replaced", "ignored", "refused"),
    replacedBy: orNull(fc.nat()),
    column: fc.nat(),
  },
  "config.problem": {
    severity: oneOf("error", "warning", "note"),
    code: texts,
    message: texts,
    hint: orNull(texts),
    place: partialPlace,
  },
  "config.end": { config },
  answer: { step: fc.nat(), answer },
  fail: {
    what: oneOf(...FAILURES),
    name: orNull(texts),
    at: fc.oneof(fc.nat(), oneOf("start-up", "run", null)),
  },
});

/** Everything that a start-up may make of it, by kind. */
export const STARTUP_OUTCOMES = events<StartupOutcome>({
  ServiceStarted: { service, output },
  Asked: { step: fc.nat(), question },
  NoOtherInstance: {},
  PlacementDecided: { placement: oneOf("hardware", "guest"), architecture, requirement: texts },
  ConfigOptionRead: { index: fc.nat(), option: texts },
  ConfigOptionReplaced: {
    index: fc.nat(),
    option: texts,
    by: orNull(fc.nat()),
    requirement: orNull(texts),
  },
  ConfigOptionIgnored: optionFate,
  ConfigOptionRefused: optionFate,
  ConfigRefused: { code: texts, message: texts, place: partialPlace, requirement: texts },
  ConfigRemarked: { code: texts, message: texts, place: partialPlace },
  ConfigAccepted: { config },
  ProtectionRelaxed: {
    what: oneOf("safety", "bypass", "acpi-ignored", "soc-unchecked"),
    detail: texts,
    requirement: texts,
  },
  LibraryRefused: {
    role,
    name: texts,
    because: oneOf("not-found", "not-loadable", "failed"),
    requirement: texts,
  },
  LibraryLoaded: { role, name: texts, certified: flag, requirement: texts },
  ComponentReported: {
    component,
    response: oneOf("accepted", "accepted-silently", "warned", "refused"),
    requirement: texts,
  },
  ComponentsTold: { by: oneOf("system", "vdev"), count: fc.nat() },
  VdevConfirmed: { fact: oneOf("host-service", "attached") },
  SocMatched: { soc, requirement: texts },
  BoardRead: { board },
  UnitResolved: {
    unit: units,
    from: oneOf("board", "configuration", "vdev"),
    overrides: orNull(texts),
    bypass: flag,
    reservedStreamIds: fc.array(fc.nat(), { maxLength: 2 }),
    covers,
    told,
  },
  DeviceResolved: {
    device: devices,
    unit: orNull(units),
    by: oneOf("use", "board", "covers", "only-unit", "library", "vdev", "none"),
    identifiers: fc.array(texts, { maxLength: 2 }),
    configured: flag,
    told,
  },
  StartupGranted: {
    device: devices,
    firstPage: pages,
    lastPage: pages,
    access: rights,
    requested: bytes,
    by: oneOf("allow", "reserved"),
    name: orNull(texts),
    told,
  },
  GrantWidened: {
    device: devices,
    requested: bytes,
    requestedAccess: rights,
    firstPage: pages,
    lastPage: pages,
    access: rights,
    requirement: texts,
  },
  TablesBuilt: { unit: units, device: orNull(devices) },
  UnitProgrammed: { unit: units },
  UnitEnabled: { unit: units },
  DeviceConfined: { device: devices, unit: units, since: fc.nat() },
  AbilitiesCreated: { abilities: fc.array(texts, { maxLength: 2 }) },
  NameAttached: { name: texts },
  UserChanged: { user: texts },
  ServiceReady: { foreground: flag, output, exitStatus: orNull(fc.constant(0 as const)) },
  MessageEmitted: { level: oneOf("error", "warning", "info", "debug"), text: texts, to: output },
  DssEntered: {
    reason: oneOf(...DSS_REASONS),
    requirement: texts,
    detail: texts,
    told,
    exitStatus: fc.constant(1 as const),
  },
  SystemDssRequested: { requirement: fc.constant("DSS-2" as const) },
});
