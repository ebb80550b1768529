import { CATEGORIES, type Category } from "./viewModel.ts";

const BY_KIND: { readonly [kind: string]: Category } = {
  dma: "transfer",
  TransferPermitted: "transfer",
  TransferDenied: "transfer",
  InterruptRaised: "transfer",
  map: "grant",
  MappingAdded: "grant",
  RangeGranted: "grant",
  StartupGranted: "grant",
  GrantWidened: "grant",
  MappingsRealised: "grant",
  unmap: "revoke",
  MappingRemoved: "revoke",
  RangeRevoked: "revoke",
  invalidate: "invalidate",
  CacheInvalidated: "invalidate",
  unit: "setup",
  UnitAdded: "setup",
  UnitProgrammed: "setup",
  UnitEnabled: "setup",
  UnitResolved: "setup",
  translation: "setup",
  TranslationSwitched: "setup",
  device: "setup",
  DeviceAdded: "setup",
  DeviceResolved: "setup",
  DeviceConfined: "setup",
  TablesBuilt: "setup",
  "object.create": "setup",
  ObjectCreated: "setup",
  "object.destroy": "setup",
  ObjectDestroyed: "setup",
  attach: "setup",
  DeviceAttached: "setup",
  detach: "setup",
  DeviceDetached: "setup",
  passthrough: "setup",
  PassthroughSwitched: "setup",
  ReissueAwaited: "setup",
  client: "client",
  call: "client",
  exit: "client",
  CallReturned: "client",
  ClientStarted: "client",
  ClientConnected: "client",
  ClientDisconnected: "client",
  ClientEnded: "client",
  NotificationAwaited: "client",
  FaultFetched: "client",
  fault: "fault",
  FaultReported: "fault",
  FaultDelivered: "fault",
  FaultLogged: "fault",
  loss: "note",
  status: "note",
  mark: "note",
  Ignored: "note",
  FaultRegistersRead: "note",
  "service.start": "service",
  "config.option": "service",
  "config.problem": "service",
  "config.end": "service",
  answer: "service",
  fail: "service",
};

/** The class of a kind; kinds that are not listed are the service's where the machine made them, else notes. */
export function categoryOf(kind: string): Category {
  const known = Object.hasOwn(BY_KIND, kind) ? BY_KIND[kind] : undefined;
  return known ?? (/^[A-Z]/.test(kind) ? "service" : "note");
}

/** The number of a class. */
export function categoryNumber(category: Category): number {
  return CATEGORIES.indexOf(category);
}
