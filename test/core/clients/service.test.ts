import { describe, expect, test } from "vitest";
import type { ServiceName } from "../../../events/vocabulary/service.ts";
import { clientRecordOf } from "../../support/clientNotation.ts";
import { start } from "../../support/startup.ts";

/** A service on a board, and a story of clients: what each line that says `=> ...` comes to. */
function checkService(
  { config, board, service = "smmuman" }: { config: string; board: string; service?: ServiceName },
  story: string,
): void {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const told = lines.map((line) => line.split(/\s*=>\s*/) as [string, string | undefined]);
  const result = start({ config, board, service, scenario: told.map(([text]) => clientRecordOf(text)) });
  expect(result.phase).toBe("running");
  const answers = result.events.flatMap((event): string[] => {
    switch (event.kind) {
      case "CallReturned": {
        const wrote = Array.isArray(event.wrote)
          ? (event.wrote as { phys: string; len: string }[]).map(({ phys, len }) => `${phys}+${len}`)
          : [];
        return [
          [event.returns ?? "NULL", event.errno, ...event.notes, ...wrote]
            .filter((x) => x !== null)
            .join(" "),
        ];
      }
      case "TransferPermitted":
        return ["permitted"];
      case "TransferDenied":
        return [`denied ${event.reason}`];
      default:
        return [];
    }
  });
  const answered = told.filter(([text]) => !/^(client|exit) |"kind":"(?:client|exit|mark)"/.test(text));
  expect(answers).toHaveLength(answered.length);
  const found = answered.map(([text, expected], i) =>
    expected === undefined
      ? text
      : `${text} => ${answers[i]!.startsWith(expected) && (expected !== "0" || answers[i] === "0") ? expected : answers[i]}`,
  );
  expect(found.join("\n")).toBe(
    answered.map(([text, expected]) => (expected === undefined ? text : `${text} => ${expected}`)).join("\n"),
  );
}

const X86 = {
  config:
    "smmu vtd\nallow buf 0x7f000000,0x2000,s\ndevice pci:0:18.0 buf\nreserved 0x60000000,0x1000\nreserved 0x68000000,0x1000",
  board: "example:x86-vtd",
};

const CONNECTED = `
  client c1 attach
  c1: smmu_init(0)
  c1: o1 = smmu_obj_create()
  c1: smmu_device_add_pci(o1, 0, 18, 0)  => 0
`;

describe("what the start-up gave a device (CM-6, G-29, G-35, RSV-1)", () => {
  test("mappings are on top of it, and no call of any kind takes it away", () => {
    checkService(
      X86,
      `${CONNECTED}
      dma 00:12.0 0x7f000000+4 r                                    => permitted
      dma 00:12.0 0x7f000000+4 w                                    => denied permission
      c1: smmu_mapping_add(o1, WRITE, 0x7f000000+0x1000)            => 0
      dma 00:12.0 0x7f000000+4 w                                    => permitted
      dma 00:12.0 0x7f000000+4 r                                    => permitted
      c1: smmu_mapping_add(o1, NONE, 0x7f000000+0x2000 0x60000000+0x1000)   => 0
      dma 00:12.0 0x7f000000+4 r                                    => permitted
      dma 00:12.0 0x7f000000+4 w                                    => denied permission
      dma 00:12.0 0x60000000+4 w                                    => permitted
      c1: smmu_device_add_pci(NULL, 0, 18, 0)                       => 0
      dma 00:12.0 0x7f000000+4 r                                    => permitted
      c1: smmu_obj_destroy(o1)                                      => 0
      c1: smmu_fini()                                               => 0
      dma 00:12.0 0x7f000000+4 r                                    => permitted
      dma 00:12.0 0x60000000+4 w                                    => permitted
      dma 00:12.0 0x61000000+4 w                                    => denied unmapped`,
    );
  });

  test("start-up grants have no owner: a client may own the device, and it is nobody's afterwards (G-35)", () => {
    checkService(
      X86,
      `${CONNECTED}
      client c2 attach
      c2: smmu_init(0)
      c2: o2 = smmu_obj_create()
      c2: smmu_device_add_pci(o2, 0, 18, 0)  => -1 EBUSY
      exit c1
      c2: smmu_device_add_pci(o2, 0, 18, 0)  => 0`,
    );
  });
});

describe("reserved regions (API-9, RSV-1, RSV-2)", () => {
  test("are reported page by page of the caller's own size, from the firmware and from the configuration", () => {
    checkService(
      X86,
      `${CONNECTED}
      c1: smmu_device_report_reserved(0, 18, 0, 0, 8)   => 2 0x60000000+0x1000 0x68000000+0x1000
      c1: smmu_device_report_reserved(0, 18, 0, 0, 1)   => 2 0x60000000+0x1000
      c1: smmu_device_report_reserved(0, 18, 0, 1, 1)   => 1 0x68000000+0x1000
      c1: smmu_device_report_reserved(0, 18, 0, 2, 1)   => 0
      c1: smmu_device_report_reserved(0, 18, 0, 4294967295, 1)   => 0
      c1: smmu_device_report_reserved(0, 21, 0, 0, 8)   => 1 0x7b33d000+0x20000
      c1: smmu_device_report_reserved(0, 23, 0, 0, 8)   => 0
      c1: smmu_device_report_reserved(0, ANY, 0, 0, 8)  => -1 EINVAL
      c1: smmu_device_report_reserved(0, 30, 0, 0, 8)   => -1 ENOENT`,
    );
  });

  test("are each device's own: another device does not get them, and sharing an object does not share them (G-16)", () => {
    checkService(
      X86,
      `${CONNECTED}
      c1: smmu_device_add_pci(o1, 0, 21, 0)             => 0
      dma 00:12.0 0x60000000+4 w                        => permitted
      dma 00:15.0 0x60000000+4 w                        => denied unmapped
      dma 00:15.0 0x7b33d000+4 w                        => permitted
      dma 00:12.0 0x7b33d000+4 w                        => denied unmapped`,
    );
  });

  test("are the client's to look after in an object with SOCF_RESERVED_MANUAL, and the service's again elsewhere (RSV-2)", () => {
    checkService(
      X86,
      `client qvm attach target
      qvm: smmu_init(0)
      qvm: vm = smmu_obj_create(RESERVED_MANUAL)        => vm
      qvm: own = smmu_obj_create()                      => own
      qvm: smmu_device_add_pci(vm, 0, 18, 0)            => 0
      dma 00:12.0 0x60000000+4 w                        => denied unmapped
      qvm: smmu_mapping_add(vm, READ|WRITE, 0x60000000+0x1000)  => 0
      dma 00:12.0 0x60000000+4 w                        => permitted
      qvm: smmu_device_add_pci(own, 0, 18, 0)           => 0
      dma 00:12.0 0x60000000+4 w                        => permitted
      qvm: smmu_device_add_pci(vm, 0, 18, 0)            => 0
      qvm: smmu_mapping_add(vm, NONE, 0x60000000+0x1000)  => 0
      dma 00:12.0 0x60000000+4 w                        => denied unmapped
      exit qvm
      dma 00:12.0 0x60000000+4 w                        => permitted`,
    );
  });
});

describe("which devices a service knows a unit for (API-5, LIM-3)", () => {
  test("on VT-d those that a unit covers; no MMIO device", () => {
    checkService(
      X86,
      `${CONNECTED}
      c1: smmu_device_add_pci(o1, 9, 0, 0)              => 0
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)    => -1 ENOENT
      c1: smmu_device_add_mmio(NULL, 0xe6ef0000, 4096)  => -1 ENOENT
      c1: smmu_device_add_pci(o1, ANY, ANY, ANY)        => 0
      c1: smmu_device_add_pci(o1, 300, 0, 0)            => -1 EINVAL`,
    );
  });

  test("on R-Car those that the configuration or the board puts behind one", () => {
    checkService(
      { config: "smmu rcar3 0xe67b0000,228,18\nunit vi0 0xfebd0000,14", board: "example:rcar-h3" },
      `client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)    => 0
      c1: smmu_device_add_mmio(o1, 0xeeee0000, 4096)    => -1 ENOENT
      c1: smmu_device_add_pci(o1, 0, 18, 0)             => -1 ENOENT`,
    );
  });
});

describe("devices that share an identifier (LIM-4, LIM-6, G-14, G-23)", () => {
  const RCAR = {
    config: `smmu rcar3 0xe67b0000,228,18
      unit vi0 0xfebd0000,14
      device mem:0xe6ef0000 use vi0 0
      device mem:0xe6ef1000 use vi0 0`,
    board: "example:rcar-h3",
  };
  const IMX = {
    config: `smmu armsmmu
      unit mmu500 0x51400000,64,66,0
      device mem:0x5b010000,0x10000 use mmu500 8
      device mem:0x5b020000,0x10000 use mmu500 8
      device mem:0x5b040000,0x10000 use mmu500 9`,
    board: "example:imx8-mmu500",
  };
  const twins = (first: string, second: string, other: string) => `
      client c1 attach
      client c2 attach
      c1: smmu_init(0)
      c2: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: o2 = smmu_obj_create()
      c2: o3 = smmu_obj_create()
      c1: smmu_device_add_mmio(o1, ${first}, 4096)     => 0
      c1: smmu_device_add_mmio(o2, ${second}, 4096)    => -1 EBUSY
      c2: smmu_device_add_mmio(o3, ${second}, 4096)    => -1 EBUSY
      c2: smmu_device_add_mmio(o3, ${other}, 4096)     => 0
      c1: smmu_mapping_add(o1, READ, 0x10000000+0x1000)  => 0
      {"kind":"dma","device":"mmio:${second}","address":"0x10000000","length":4,"access":"r"}  => permitted
      {"kind":"dma","device":"mmio:${other}","address":"0x10000000","length":4,"access":"r"}   => denied
      c1: smmu_device_add_mmio(o1, ${second}, 4096)    => 0
      exit c1
      {"kind":"dma","device":"mmio:${second}","address":"0x10000000","length":4,"access":"r"}  => denied
      c2: smmu_device_add_mmio(o3, ${second}, 4096)    => 0`;

  test("one R-Car micro-TLB (RCR-4)", () => {
    checkService(RCAR, twins("0xe6ef0000", "0xe6ef1000", "0xe6800000"));
  });

  test("one StreamID of an SMMUv2 (ARM-5)", () => {
    checkService(IMX, twins("0x5b010000", "0x5b020000", "0x5b040000"));
  });
});

describe("what the variant changes", () => {
  test("smmuman-safety refuses write alone where the unit would grant read with it; smmuman grants and notes it (RCR-5, G-37)", () => {
    const config = "smmu rcar3 0xe67b0000,228,18\nunit vi0 0xfebd0000,14";
    const story = (answer: string) => `
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)       => 0
      c1: smmu_mapping_add(o1, WRITE, 0x1000+0x1000)       => ${answer}
      c1: smmu_mapping_add(o1, READ|WRITE, 0x1000+0x1000)  => 0`;
    checkService({ config, board: "example:rcar-h3" }, story("0 write-grants-read"));
    checkService({ config, board: "example:rcar-h3", service: "smmuman-safety" }, story("-1 EINVAL"));
  });

  test("smmu_safety says YES only of smmuman-safety on certified components (API-12, SAF-9)", () => {
    const story = (answer: string) => `
      client c1 attach
      c1: smmu_safety()      => SMMUMAN_SAFETY_ERROR
      c1: smmu_init(0)
      c1: smmu_safety()      => ${answer}`;
    const board = "example:x86-vtd";
    checkService({ config: "smmu vtd", board, service: "smmuman-safety" }, story("SMMUMAN_SAFETY_YES"));
    checkService({ config: "smmu vtd", board }, story("SMMUMAN_SAFETY_NO"));
    const plain = "safety none\nsmmu vtd.so";
    checkService({ config: plain, board, service: "smmuman-safety" }, story("SMMUMAN_SAFETY_NO"));
  });
});

test("a device that nobody mentioned is denied until a client grants it something (G-33, CM-17)", () => {
  checkService(
    { config: "smmu vtd", board: "example:x86-vtd" },
    `dma 00:17.0 0x1000+4 r                          => denied
    client c1 attach
    c1: smmu_init(0)
    c1: o1 = smmu_obj_create()
    c1: smmu_device_add_pci(o1, 0, 23, 0)            => 0
    dma 00:17.0 0x1000+4 r                           => denied
    c1: smmu_mapping_add(o1, READ, 0x1000+1)         => 0 page-partly-covered
    dma 00:17.0 0x1ffc+4 r                           => permitted
    dma 00:17.0 0x1ffc+8 r                           => denied unmapped`,
  );
});
