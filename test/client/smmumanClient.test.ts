import { describe, expect, test } from "vitest";
import {
  emptyStatus,
  SMF_NONE,
  SMF_READ,
  SMF_WRITE,
  SMMU_PCI_FIELD_ANY,
  type SmmuMapEntry,
  SOCF_NONE,
  SSF_DROPPED_FAULTS,
} from "../../client/api.ts";
import { Machine } from "../../client/machine.ts";
import { replayBoot } from "../../replay/replayBoot.ts";
import { bootFrom } from "../support/boots.ts";

const NIC = "pci:0000:00:12.0";

function begun() {
  const machine = new Machine("vtd");
  machine.unit("dmar0");
  machine.device(NIC, "dmar0");
  const client = machine.client("nic-driver");
  expect(client.smmu_init(0)).toBe(0);
  return { machine, client };
}

describe("a driver's tests call the API by its own names and see its own returns (API-1 to API-12)", () => {
  test("the documented order of tasks (CM-1)", () => {
    const { machine, client } = begun();
    const sop = client.smmu_obj_create(SOCF_NONE);
    expect(sop).not.toBeNull();
    expect(client.smmu_device_add_pci(sop, 0, 18, 0)).toBe(0);
    const ring = { phys: 0x7f00_0000n, len: 0x2000n };
    expect(client.smmu_mapping_add(sop, SMF_READ | SMF_WRITE, 0, 1, [ring], 0n)).toBe(0);
    expect(machine.dma(NIC, 0x7f00_0010n, 64, "w")).toEqual({
      permitted: true,
      target: 0x7f00_0010n,
      via: "grant",
    });
    expect(client.smmu_mapping_add(sop, SMF_NONE, 0, 1, [ring], 0n)).toBe(0);
    expect(machine.dma(NIC, 0x7f00_0010n, 64, "w")).toMatchObject({
      permitted: false,
      reason: "unmapped",
      code: "0x05",
    });
    expect(client.smmu_device_add_pci(null, 0, 18, 0)).toBe(0);
    expect(client.smmu_obj_destroy(sop)).toBe(0);
    expect(client.smmu_fini()).toBe(0);
    expect(client.errno).toBeNull();
  });

  test("errno says why a call failed, and success leaves it alone", () => {
    const { machine, client } = begun();
    const other = machine.client("other");
    expect(other.smmu_obj_create(SOCF_NONE)).toBeNull();
    expect(other.errno).toBe("EBADF");
    expect(other.smmu_init(0)).toBe(0);
    expect(other.errno).toBe("EBADF");
    const mine = client.smmu_obj_create(SOCF_NONE);
    const its = other.smmu_obj_create(SOCF_NONE);
    client.smmu_device_add_pci(mine, 0, 18, 0);
    expect(other.smmu_device_add_pci(its, 0, 18, 0)).toBe(-1);
    expect(other.errno).toBe("EBUSY");
    expect(other.smmu_device_add_pci(mine, 0, 18, 0)).toBe(-1);
    expect(other.errno).toBe("EINVAL");
    expect(client.smmu_device_add_pci(mine, SMMU_PCI_FIELD_ANY, 99, 0)).toBe(-1);
    expect(client.errno).toBe("EINVAL");
    expect(client.smmu_device_add_generic(null, null)).toBe(-1);
    expect(client.errno).toBe("EFAULT");
    expect(client.smmu_device_add_mmio(mine, 0xe6ef_0000n, 4096)).toBe(-1);
    expect(client.errno).toBe("ENOENT");
  });

  test("the reissue after +1 (CM-9)", () => {
    const { machine, client } = begun();
    const sop = client.smmu_obj_create(SOCF_NONE);
    const pool = [{ phys: 0x1000n, len: 0x1000n }];
    client.smmu_mapping_add(sop, SMF_READ, 0, 1, pool, 0n);
    const devid = { type: "SDT_PCI", bus: 0, dev: 18, func: 0 } as const;
    expect(client.smmu_device_add_generic(sop, devid)).toBe(1);
    expect(machine.dma(NIC, 0x1000n, 4, "r").permitted).toBe(false);
    expect(client.smmu_mapping_add(sop, SMF_READ, 0, 1, pool, 0n)).toBe(0);
    expect(machine.dma(NIC, 0x1000n, 4, "r").permitted).toBe(true);
  });

  test("the loop that loses nothing: register, drain, and on the event register again before draining (FLT-8)", () => {
    const { machine, client } = begun();
    const seen: bigint[] = [];
    let events = 0;
    const drain = () => {
      const status = emptyStatus();
      while (client.smmu_xfer_status(status) === 0) seen.push(status.fault_addr);
      expect(client.errno).toBe("EAGAIN");
      expect(status).toEqual(emptyStatus());
    };
    const onEvent = () => {
      events += 1;
      client.smmu_xfer_notify(onEvent);
      drain();
    };
    client.smmu_xfer_notify(onEvent);
    drain();
    const sop = client.smmu_obj_create(SOCF_NONE);
    client.smmu_device_add_pci(sop, 0, 18, 0);
    for (let page = 1n; page <= 3n; page++) machine.dma(NIC, page * 0x1000n, 4, "w");
    expect([events, seen]).toEqual([3, [0x1000n, 0x2000n, 0x3000n]]);
  });

  test("a status names the device, and tells that records were dropped (FLT-3)", () => {
    const { machine, client } = begun();
    const sop = client.smmu_obj_create(SOCF_NONE);
    client.smmu_device_add_pci(sop, 0, 18, 0);
    for (let i = 0; i < 65; i++) machine.dma(NIC, 0x1000n, 4, "w");
    const status = emptyStatus();
    expect(client.smmu_xfer_status(status)).toBe(0);
    expect(status).toEqual({
      hw_specific: 5n,
      fault_addr: 0x1000n,
      devid: { type: "SDT_PCI", bus: 0, dev: 18, func: 0 },
      flags: [SSF_DROPPED_FAULTS],
    });
    client.smmu_xfer_status(status);
    expect(status.flags).toEqual([]);
  });

  test("reserved regions come page by page; failure is -1 as an unsigned number (API-9)", () => {
    const { client } = begun();
    const resv: SmmuMapEntry[] = [];
    expect(
      client.smmu_device_report_reserved({ type: "SDT_PCI", bus: 0, dev: 18, func: 0 }, 0, resv, 4),
    ).toBe(0);
    expect(
      client.smmu_device_report_reserved({ type: "SDT_PCI", bus: 0, dev: 30, func: 0 }, 0, resv, 4),
    ).toBe(0xffff_ffff);
    expect(client.errno).toBe("ENOENT");
    expect(resv).toEqual([]);
  });

  test("what would not compile in C is a mistake of the caller's own", () => {
    const { machine, client } = begun();
    expect(() => client.smmu_init(-1)).toThrow(RangeError);
    expect(() => client.smmu_device_add_mmio(null, -1n, 1)).toThrow(RangeError);
    expect(() => machine.device("eth0")).toThrow(RangeError);
    expect(() => machine.dma(NIC, 0xffff_ffff_ffff_ffffn, 2, "r")).toThrow(RangeError);
  });

  test("what happened can be had as a trace, and replays to the same state", () => {
    const { machine, client } = begun();
    const sop = client.smmu_obj_create(SOCF_NONE);
    client.smmu_device_add_pci(sop, 0, 18, 0);
    client.smmu_mapping_add(sop, SMF_READ, 0, 1, [{ phys: 0x1000n, len: 0x800n }], 0n);
    machine.dma(NIC, 0x1000n, 4, "r");
    machine.dma(NIC, 0x1000n, 4, "w");
    client.exit();
    const [header, ...records] = machine
      .trace()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(header).toEqual({ format: "smmu-trace", version: 1, family: "vtd" });
    const boot = bootFrom(records, "vtd");
    expect(replayBoot(boot)).toMatchObject({
      events: machine.seq,
      stateDigest: new Machine({ state: machine.state, seq: machine.seq }).digest,
      transactions: { total: 2, permitted: 1, denied: 1 },
    });
  });
});
