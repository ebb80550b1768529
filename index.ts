/** smmu-replay as a library: open a database of boots, import into it, replay, and ask. */
export type { Diagnostic } from "./base/diagnostic.ts";
export { type ImportReport, type ImportRequest, importBoot } from "./cli/importing/importBoot.ts";
export {
  emptyStatus,
  SMF_EXEC,
  SMF_NONE,
  SMF_READ,
  SMF_TARGET,
  SMF_VIRT,
  SMF_WRITE,
  SMMU_PCI_FIELD_ANY,
  type SmmuDevid,
  type SmmuMapEntry,
  type SmmuObject,
  type SmmuStatus,
  SOCF_NONE,
  SOCF_RESERVED_MANUAL,
  SSF_DROPPED_FAULTS,
} from "./client/api.ts";
export { Machine, type Verdict } from "./client/machine.ts";
export { SmmumanClient } from "./client/smmumanClient.ts";
export { decide, viewOf } from "./core/decide.ts";
export { evolve, evolveAll, Folding } from "./core/evolve.ts";
export type { MachineView } from "./core/machineView.ts";
export type { MachineStep, SafetyProperty } from "./core/properties/property.ts";
export { type IommuState, initialState } from "./core/state.ts";
export { stateDigest } from "./core/stateDigest.ts";
export { translateAt } from "./core/translate.ts";
export { eventJson } from "./events/codec/eventJson.ts";
export type { Outcome } from "./events/outcome.ts";
export type { BootHeader, IommuEvent, Origin, RecordedEvent } from "./events/recordedEvent.ts";
export type { Stimulus } from "./events/stimulus.ts";
export {
  bisectFault,
  bisectProperty,
  PROPERTIES as BISECT_PROPERTIES,
  type Property as BisectProperty,
} from "./replay/bisect/bisect.ts";
export type { BisectedFault, Bisection } from "./replay/bisect/bisection.ts";
export { type FaultSignature, parseSignature } from "./replay/bisect/faultSignature.ts";
export { eventAt, events } from "./replay/bootEvents.ts";
export {
  type ChangedJudgement,
  firstChange,
  recordVerdicts,
  type VerdictRecord,
} from "./replay/corpus/verdictRecord.ts";
export { type DiffOptions, diff } from "./replay/diff/diffBoots.ts";
export type { Aspect, Changes, Difference, DiffReport, FirstDifference } from "./replay/diff/report.ts";
export { csvPieces } from "./replay/export/csv.ts";
export { itfPieces } from "./replay/export/itf.ts";
export { perfettoPieces } from "./replay/export/perfetto.ts";
export { smmuTracePieces } from "./replay/export/smmuTrace.ts";
export { type ExposureReport, exposureOf } from "./replay/exposure/exposure.ts";
export { type ReplayReport, replayBoot, replayBoot as replay, stateAt } from "./replay/replayBoot.ts";
export { stateJson } from "./replay/stateJson.ts";
export { foldStorms, type Storm } from "./replay/storms.ts";
export type { CauseKind } from "./replay/why/causeKinds.ts";
export type { NoQuestion, Question } from "./replay/why/question.ts";
export { type Explanation, explain, type Link, why } from "./replay/why/why.ts";
export { type BootInfo, type BootReader, type EventStore, StoreError } from "./store/eventStore.ts";
export { memoryEventStore } from "./store/memoryEventStore.ts";
export { openSqliteStore, openSqliteStore as openStore } from "./store/sqlite/sqliteEventStore.ts";
