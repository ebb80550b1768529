import { describe, expect, test } from "vitest";
import type {
  BootLine,
  BootView,
  DiffView,
  EventDetail,
  EventPage,
  GraphView,
  SpaceView,
  StateView,
  Tile,
  WhyView,
} from "../../viewer/viewModel.ts";
import { asking, NAMES, SMALL_BOOT, storeOf } from "./support.ts";

const { get, refused } = asking(storeOf("small", SMALL_BOOT));
const LAST = SMALL_BOOT.length - 1;
const FIRST_FAULT = 13;

describe("a boot's first view", () => {
  test("lists the boots with their events and faults", async () => {
    const [line] = await get<BootLine[]>("/boots");
    expect(line).toMatchObject({
      boot: "small",
      family: "vtd",
      events: SMALL_BOOT.length,
      faults: 13,
      dss: null,
    });
  });

  test("has a lane for each unit, device and object, in that order, with what happened there", async () => {
    const { lanes } = await get<BootView>("/boots/small");
    expect(lanes.map(({ kind, name, events, faults }) => [kind, name, events, faults])).toEqual([
      ["all", "all events", SMALL_BOOT.length, 13],
      ["unit", "dmar0", 5, 0],
      ["device", NAMES.nic, 17, 13],
      ["device", NAMES.disk, 1, 0],
      ["object", "domain-1", 6, 0],
    ]);
  });

  test("marks the stretch in which a device was unprotected, and the storm of its faults", async () => {
    const { bands, lanes } = await get<BootView>("/boots/small");
    const nic = lanes.findIndex(({ name }) => name === NAMES.nic);
    const ofNic = bands
      .filter(({ lane }) => lane === nic)
      .map(({ kind, fromSeq, toSeq }) => [kind, fromSeq, toSeq]);
    expect(ofNic).toEqual([
      ["unprotected", 2, 8],
      ["storm", FIRST_FAULT, FIRST_FAULT + 12],
    ]);
    expect(bands.filter(({ kind }) => kind === "phase").map(({ text }) => text)).toEqual(["running"]);
  });
});

describe("tiles", () => {
  test("count every event once in the lane of all, at every level", async () => {
    const tile = await get<Tile>("/boots/small/tiles/0/0");
    const all = tile.rows.filter(([lane]) => lane === 0).flatMap(([, , columns]) => columns);
    expect(all.sort((a, b) => a - b)).toEqual(SMALL_BOOT.map((_, seq) => seq));
    expect(tile.times[7]).toBe(70);
  });

  test("leave out what a filter hides", async () => {
    const tile = await get<Tile>("/boots/small/tiles/0/0?kind=map");
    expect(tile.rows.filter(([lane]) => lane === 0)).toEqual([[0, 1, [7, 8], [1, 1]]]);
  });
});

describe("events", () => {
  test("come in pages, with the place of the cursor among those that pass", async () => {
    const page = await get<EventPage>("/boots/small/events?marked=fault&offset=1&limit=3&near=20");
    expect(page.rows.map(({ seq }) => seq)).toEqual([14, 15, 16]);
    expect([page.total, page.offset, page.near]).toEqual([13, 1, 7]);
    expect(page.rows[0]).toMatchObject({ mark: "fault", reason: "unmapped", category: "transfer" });
  });

  test.each([
    ["about=domain-1", 6],
    [`about=${NAMES.disk}`, 1],
    ["kind=dma", 15],
    ["category=grant", 2],
    ["reason=permission", 1],
    ["address=0x200abc", 2],
    ["address=0x101fff", 2],
    ["about=nothing", 0],
    ["kind=toString", 0],
    ["kind=dma&reason=unmapped&address=0x100000", 12],
  ])("that pass %s: %i", async (query, total) => {
    expect((await get<EventPage>(`/boots/small/events?${query}`)).total).toBe(total);
  });

  test("one is told whole, with the fault that it is", async () => {
    const detail = await get<EventDetail>(`/boots/small/events/${FIRST_FAULT}`);
    expect(detail.event).toMatchObject({ seq: FIRST_FAULT, kind: "dma", device: NAMES.nic });
    expect(detail.faults).toHaveLength(1);
    expect(detail.faults[0]).toMatchObject({ seq: FIRST_FAULT, reason: "unmapped" });
    expect(detail.explainable).toBe(true);
  });

  test("the next fault, and the one before, are found from anywhere", async () => {
    const next = async (query: string) =>
      (await get<{ seq: number | null }>(`/boots/small/next?${query}`)).seq;
    expect(await next("from=0")).toBe(FIRST_FAULT);
    expect(await next(`from=${LAST}&back=true`)).toBe(25);
    expect(await next(`from=${FIRST_FAULT}&back=true`)).toBeNull();
    expect(await next("from=0&reason=permission")).toBe(25);
  });

  test("a time leads to the last event at or before it", async () => {
    expect(await get("/boots/small/seek?t=75")).toEqual({ seq: 7 });
    expect(await get("/boots/small/seek?t=0")).toEqual({ seq: 0 });
  });
});

describe("the machine at the cursor", () => {
  test("is that after the event, not that of the end", async () => {
    const before = await get<StateView>("/boots/small/state/8");
    const after = await get<StateView>("/boots/small/state/9");
    const routes = (state: StateView) => state.devices.map(({ route }) => route);
    expect(routes(before)).toEqual(["translation-off", "translation-off"]);
    expect(routes(after)).toEqual(["confined", "confined"]);
    expect(before.objects[0]).toMatchObject({ object: "domain-1", devices: [NAMES.nic] });
    expect(before.objects[0]!.space).toMatchObject({ mappings: 2, bytes: "0x5000" });
  });

  test("an address space shows what is granted, what was revoked before, and where faults hit", async () => {
    const path = "/boots/small/space/24?space=object:domain-1&first=0x0&last=0x1fffff";
    await get<SpaceView>(path);
    // The second request finds the revoked grants gathered.
    const view = await get<SpaceView>(path);
    expect(view.runs).toEqual([
      { firstPage: 0x102, lastPage: 0x103, targetPage: 0x702, access: "rw", since: 7, revoked: null },
    ]);
    expect(view.revoked).toEqual([
      { firstPage: 0x100, lastPage: 0x101, targetPage: 0x700, access: "rw", since: 7, revoked: 11 },
    ]);
    expect(view.faultsTotal).toBe(12);
    expect(view.extent).toEqual([0x100, 0x200]);
  });

  test("before a revocation its pages are granted and nothing was revoked", async () => {
    const view = await get<SpaceView>("/boots/small/space/10?space=object:domain-1");
    expect(view.runs.map(({ firstPage, lastPage }) => [firstPage, lastPage])).toEqual([
      [0x100, 0x103],
      [0x200, 0x200],
    ]);
    expect(view.revoked ?? []).toEqual([]);
    expect(view.faultsTotal).toBe(0);
  });
});

test("why tells the causes of a fault, each with its seq", async () => {
  const why = await get<WhyView>(`/boots/small/why/${FIRST_FAULT}`);
  expect(why).toMatchObject({ seq: FIRST_FAULT, verdict: "denied", reason: "unmapped" });
  expect(why.because.map(({ seq }) => seq)).toContain(11);
});

test("the graph of a short boot has a node for each distinct state and an edge for each event", async () => {
  const { nodes, edges } = await get<GraphView>("/boots/small/graph");
  expect(edges).toHaveLength(SMALL_BOOT.length);
  expect(new Set(nodes.map(({ digest }) => digest)).size).toBe(nodes.length);
  const mark = edges.at(-1)!;
  expect(mark.from).toBe(mark.to);
});

test("a boot is compared with itself and found equal, and each place stands for itself", async () => {
  const found = await get<DiffView>("/boots/small/diff/small");
  expect(found).toMatchObject({ equal: true, first: null, lines: [], omitted: 0 });
  expect(found.places.every(([a, b]) => a === b)).toBe(true);
});

describe("what makes no sense is refused with a sentence", () => {
  test.each([
    ["/boots/none", 404, "there is no boot none"],
    ["/boots/small/events/99", 404, "its events are 0 to 26"],
    ["/boots/small/state/27", 404, "has no event 27"],
    ["/boots/small/state/-1", 400, "is not a whole number"],
    ["/boots/small/state/1e3", 400, "is not a whole number"],
    ["/boots/small/state/99999999999999999999", 400, "is not a whole number"],
    ["/boots/small/tiles/0/1", 404, "level 0 has tiles 0 to 0"],
    ["/boots/small/tiles/7/0", 404, "this boot has levels 0 to 0"],
    ["/boots/small/tiles/x/0", 400, "level"],
    ["/boots/small/events?limit=100000", 400, "limit"],
    ["/boots/small/events?offset=-5", 400, "offset"],
    ["/boots/small/events?address=70", 400, "expected hex"],
    ["/boots/small/events?marked=all", 400, "expected fault or finding"],
    ["/boots/small/events?category=nonsense", 400, "expected one of"],
    [`/boots/small/events?kind=${"k".repeat(300)}`, 400, "longer than 200"],
    ["/boots/small/seek", 400, "t"],
    ["/boots/small/space/3", 400, "names no address space"],
    ["/boots/small/space/3?space=object:domain-1&first=0x2000&last=0x1000", 400, "first lies above last"],
    ["/boots/small/space/3?space=object:domain-1&columns=1000000", 400, "columns"],
    ["/boots/small/diff/none", 404, "there is no boot none"],
    ["/boots/small/why/0", 422, "why explains transfers"],
    ["/boots/small/nonsense", 404, "no such resource"],
    ["/../../etc/passwd", 404, "no such resource"],
    ["/boots/..%2f..%2fetc%2fpasswd", 404, "there is no boot"],
  ])("%s", async (path, status, sentence) => {
    const answer = await refused(path);
    expect(answer.status).toBe(status);
    expect(answer.error).toContain(sentence);
  });
});

test("a boot without events can be looked at", async () => {
  const empty = asking(storeOf("empty", []));
  expect(await empty.get<BootView>("/boots/empty")).toMatchObject({ events: 0, firstT: null });
  expect((await empty.get<Tile>("/boots/empty/tiles/0/0")).rows).toEqual([]);
  expect((await empty.refused("/boots/empty/state/0")).status).toBe(404);
});
