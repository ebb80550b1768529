import { describe, expect, test } from "vitest";
import { eventAt } from "../../replay/bootEvents.ts";
import { clientFaults } from "../../replay/clientFaults.ts";
import { questionOf } from "../../replay/why/question.ts";
import { explain } from "../../replay/why/why.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { bootFrom } from "../support/boots.ts";
import { vmRecordOf } from "../support/vmNotation.ts";

const GUEST = `
  device 00:12.0
  vm a 0x80000000+0x10000->0x20000000 pass 00:12.0 vdev service smmuman
  process d1 in a
  d1: smmu_init(0)
  d1: rings = smmu_obj_create()
  d1: smmu_device_add_pci(rings, 0, 18, 0)
  d1: smmu_mapping_add(rings, READ|WRITE, 0x80002000+0x2000)
`;

function told(story: string): BootReader {
  const lines = story.split("\n").map((line) => line.trim());
  return bootFrom(lines.filter((line) => line !== "").map(vmRecordOf));
}

/** The faults of a boot, by the members that this page is about. */
function faultsOf(boot: BootReader): unknown[] {
  return [...boot.faults()].map(({ json }) => {
    const { vm, stage, guestAddress, hostAddress, reason } = JSON.parse(json) as { [name: string]: unknown };
    return { vm, stage, guestAddress, hostAddress, reason };
  });
}

/** The cause of the last transfer. */
function whyLast(boot: BootReader) {
  const recorded = eventAt(boot, boot.info.events - 1)!;
  const question = questionOf(recorded, boot);
  if ("problem" in question) throw new Error(question.problem);
  return explain(boot, question);
}

describe("a fault of a passed-through device says who refused, and in whose terms (HV-6, HV-7)", () => {
  test.each([
    ["dma 00:12.0 0x80004000+4 w", "guest", "0x80004000", "0x20004000", "unmapped"],
    ["dma 00:12.0 0x90000000+4 w", "guest", "0x90000000", null, "unmapped"],
    ["dma 00:12.0 0x80003ffc+8 w", "guest", "0x80004000", "0x20004000", "unmapped"],
  ])("%s", (line, stage, guestAddress, hostAddress, reason) => {
    expect(faultsOf(told(`${GUEST}${line}`))).toEqual([
      { vm: "a", stage, guestAddress, hostAddress, reason },
    ]);
  });

  test("of a guest without a service: the memory of its VM ends there", () => {
    const boot = told("device 00:12.0\nvm a 0x0+0x1000->0x5000 pass 00:12.0\ndma 00:12.0 0x1000+4 r");
    expect(faultsOf(boot)).toEqual([
      { vm: "a", stage: "vm", guestAddress: "0x1000", hostAddress: null, reason: "unmapped" },
    ]);
  });

  test("where somebody takes it from the host's table alone: the host refused", () => {
    const boot = told(
      `${GUEST}{"kind":"unmap","object":"vm:a:pci:0000:00:12.0","address":"0x80002000","length":4096}
      dma 00:12.0 0x80002000+4 w`,
    );
    expect(faultsOf(boot)).toEqual([
      { vm: "a", stage: "host", guestAddress: "0x80002000", hostAddress: "0x20002000", reason: "unmapped" },
    ]);
  });

  test("of a device of the host nothing is said of stages", () => {
    expect(faultsOf(told(`${GUEST}dma 00:14.0 0x1000+4 r`))).toEqual([{ reason: "no-object" }]);
  });
});

describe("why", () => {
  test("a permitted transfer: by which grant, and where it went", () => {
    const why = whyLast(told(`${GUEST}dma 00:12.0 0x80002000+4 w`));
    expect(why).toMatchObject({ verdict: "permitted", cause: "granted" });
    expect(why.text).toContain("in VM a the address stands for host-physical 0x20002000");
  });

  test("a page that the guest took away: its own object, and the call that did it", () => {
    const why = whyLast(
      told(`${GUEST}d1: smmu_mapping_add(rings, NONE, 0x80002000+0x1000)\ndma 00:12.0 0x80002000+4 w`),
    );
    expect(why.cause).toBe("use-after-unmap");
    expect(why.text).toMatch(/^in the guest of VM a: .*of rings/);
    expect(why.because.map(({ text }) => text).join("\n")).toContain("smmu_mapping_add(rings, SMF_NONE");
  });

  test("past the end of a buffer of the guest", () => {
    const why = whyLast(told(`${GUEST}dma 00:12.0 0x80003ffc+8 w`));
    expect(why.cause).toBe("past-the-end");
    expect(why.text).toContain("4 bytes past its end");
    expect(why.fix?.calls.join()).toContain("smmu_mapping_add(rings,");
  });

  test("a host-physical address given to a guest's device: the wrong stage, and no grant helps", () => {
    const why = whyLast(told(`${GUEST}dma 00:12.0 0x20002000+4 w`));
    expect(why.cause).toBe("wrong-stage");
    expect(why.text).toContain("guest-physical 0x80002000");
    expect(why.fix).toMatchObject({ configuration: [], calls: [] });
  });

  test("a guest-physical address given to a device of the host", () => {
    const why = whyLast(
      told(`${GUEST}
        attach 00:14.0 o9
        map o9 0x20002000+0x1000 -> 0x20002000 rw
        dma 00:14.0 0x80002000+4 w`),
    );
    expect(why.cause).toBe("wrong-stage");
    expect(why.text).toContain("0x20002000");
  });

  test("memory that the VM does not have", () => {
    const why = whyLast(told("device 00:12.0\nvm a 0x0+0x1000->0x5000 pass 00:12.0\ndma 00:12.0 0x1000+4 r"));
    expect(why.cause).toBe("outside-vm");
    expect(why.because.map(({ kind }) => kind)).toEqual(["vm", "dma"]);
  });

  test("a device of a VM that qvm refused to start (HV-8)", () => {
    const why = whyLast(
      told(
        "device 00:12.0\nvm a 0x0+0x1000->0x5000 pass 00:12.0 unserved\nattach 00:14.0 o1\ndma 00:12.0 0x0+4 r",
      ),
    );
    expect(why.text).toContain("HV-8");
  });
});

describe("what clients in guests could learn (HV-7, FLT-3)", () => {
  const counts = (story: string) => {
    const faults = clientFaults(told(story))!;
    const [client] = faults.clients;
    const { refused, learnt, waiting, blind } = faults;
    return { refused, learnt, waiting, client, lost: blind.lost, gone: blind.gone };
  };

  test("a record is fetched by a client in the guest", () => {
    expect(counts(`${GUEST}dma 00:12.0 0x80004000+4 w\nd1: smmu_xfer_status()`)).toMatchObject({
      refused: 1,
      learnt: 1,
      client: { client: "d1", fetched: 1 },
    });
  });

  test("it is lost with the guest's service, and gone with the VM", () => {
    const story = `${GUEST}dma 00:12.0 0x80004000+4 w\n`;
    expect(counts(story)).toMatchObject({ waiting: 1 });
    expect(counts(`${story}guest a signal SIGTERM`)).toMatchObject({ waiting: 0, lost: 1 });
    expect(counts(`${story}crash a`)).toMatchObject({ waiting: 0, gone: 1 });
    expect(counts(`${story}exit d1`)).toMatchObject({ waiting: 0, gone: 1 });
  });
});
