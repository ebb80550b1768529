import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Given, image, lint } from "./linting.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/buildfiles/${name}`, import.meta.url), "utf8");
const CONFIG = "/etc/x.smmu = {\nsmmu vtd\n}";
const SERVICE = "/bin/smmuman = smmuman";
const LIBRARY = "/lib/dll/smmu-vtd.so = smmu-vtd.so";

function files(...lines: string[]): string {
  return image({ files: lines.join("\n") });
}

describe("the chain of section 14", () => {
  test("an image with every link has nothing to be said of it", () => {
    const { diagnostics, config, starts } = lint(fixture("host-x86.build"));
    expect(diagnostics).toEqual([]);
    expect(config).toEqual([]);
    expect(starts[0]!.config.parsed.effective.allow).toHaveLength(2);
  });

  test("the guide's own snippet has no error: what it leaves out is told as such", () => {
    const { places } = lint(fixture("seed-x86.build"));
    expect(places).toEqual(["BLD012@15", "BLD012@32", "BLD210@35"]);
  });

  test("and with its configuration beside it that is read too", () => {
    const host = {
      "/target/etc/myx86.smmu": "smmu vtd require\nallow a 0x1000,0x1000\ndevice pci:0:2.0 b\n",
    };
    const { codes, config } = lint(fixture("seed-x86.build"), { host, variables: { MY_TARGET: "/target" } });
    expect(codes).toEqual(["BLD012", "BLD012"]);
    expect(config.map(({ code, file, line }) => [code, file, line])).toEqual([
      ["CFG404", "/target/etc/myx86.smmu", 3],
    ]);
  });
});

const BROKEN: readonly (readonly [string, string, readonly string[], Given?])[] = [
  ["the service is not started", image({ script: "devb-ahci ahci" }), ["BLD102@5"]],
  [
    "the service is started after a driver",
    image({ script: "devb-ahci ahci &\nsmmuman @/etc/x.smmu" }),
    ["BLD103@5"],
  ],
  [
    "the service is started with & and a driver follows",
    image({ script: "smmuman @/etc/x.smmu &\ndevb-ahci ahci" }),
    ["BLD104@5"],
  ],
  ["the configuration is not in the image", files(SERVICE, LIBRARY), ["BLD202@6"]],
  ["the path behind the @ is another", image({ script: "smmuman @/x.smmu" }), ["BLD203@5"]],
  ["the service is not in the image", files(CONFIG, LIBRARY), ["BLD201@6"]],
  ["the library is not in the image", files(CONFIG, SERVICE), ["BLD204@6"]],
  [
    "the library is on no folder of the loader's path",
    files(CONFIG, SERVICE, "/opt/smmu-vtd.so = smmu-vtd.so"),
    ["BLD205@13"],
  ],
  [
    "an ARM guest lacks libfdt.so",
    image().replace("x86_64,bios", "aarch64le,elf").replace("smmu vtd", "safety none"),
    ["BLD207@6"],
    { placement: "guest" },
  ],
  [
    "a safety service has only plain files",
    image({
      script: "smmuman-safety @/etc/x.smmu",
      files: `${CONFIG}\n/bin/smmuman-safety = smmuman-safety\n${LIBRARY}`,
    })
      .replace("x86_64,bios", "aarch64le,elf")
      .replace("smmu-instr", "smp-instr-safety")
      .replace("procnto-smp-instr", "procnto-smp-instr-safety"),
    ["BLD208@11"],
  ],
  ["the service is slain", image({ script: "smmuman @/etc/x.smmu\nslay -f smmuman" }), ["BLD106@6"]],
  [
    "the service is slain and started anew",
    image({ script: "smmuman @/etc/x.smmu\nslay smmuman\nsmmuman @/etc/x.smmu" }),
    ["BLD106@6", "BLD107@7"],
  ],
];

describe("each broken link has its own finding", () => {
  const links = BROKEN.map(([link, text, places, given = {}]) => ({ link, text, places, given }));
  test.each(links)("$link", ({ text, places, given }) => {
    expect(lint(text, given).places).toEqual(places);
  });

  test("a configuration that the service would refuse is told with the lines of the buildfile", () => {
    const text = image({ files: `${SERVICE}\n${LIBRARY}\n/etc/x.smmu = {\n# comment\nsmmu vtd reqire\n}` });
    const [found] = lint(text).config;
    expect(found).toMatchObject({
      code: "CFG314",
      file: "a.build",
      line: 13,
      column: 10,
      excerpt: "smmu vtd reqire",
    });
  });
});

describe("what may be there all the same is a warning", () => {
  const severities = (text: string, given?: Given) =>
    lint(text, given).diagnostics.map((each) => [each.code, each.severity]);

  test("a folder of the build machine that is taken in whole may hold the library", () => {
    expect(severities(files(CONFIG, SERVICE, "/lib/dll = board/dll"))).toEqual([["BLD204", "warning"]]);
  });

  test("and where it can be looked into, it is known", () => {
    const text = files(CONFIG, SERVICE, "/lib/dll = board/dll");
    expect(severities(text, { host: { "board/dll": ["smmu-vtd.so"] } })).toEqual([]);
    expect(severities(text, { host: { "board/dll": ["pci/other.so"] } })).toEqual([["BLD204", "error"]]);
  });

  test("a file system that is mounted before may hold the configuration (ST-4)", () => {
    const script = "devb-ram ram\nmount -t qnx6 /dev/ram0 /data\nsmmuman @/data/x.smmu";
    const text = image({ script, files: `${SERVICE}\n${LIBRARY}` });
    expect(severities(text)).toEqual([["BLD202", "warning"]]);
  });

  test("a further buildfile of the same target may bring the library", () => {
    const text = files(CONFIG, SERVICE);
    expect(severities(text, { others: { "system.build": LIBRARY } })).toEqual([]);
  });
});

describe("order and waiting (ST-3, G-3)", () => {
  const codes = (script: string, given?: Given) => lint(image({ script }), given).codes;

  test("a driver right after the service is fine: the service returns once it is ready", () => {
    expect(codes("smmuman @/etc/x.smmu\ndevb-ahci ahci &\nio-pkt-v6-hc -d e1000")).toEqual([]);
  });

  test("started with & and followed by no driver it is a warning", () => {
    expect(codes("smmuman @/etc/x.smmu &\nslogger2")).toEqual(["BLD109"]);
  });

  test("a waitfor between may help, which nobody can tell", () => {
    const { diagnostics } = lint(
      image({ script: "smmuman @/etc/x.smmu &\nwaitfor /dev/smmu\ndevb-ahci ahci" }),
    );
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([["BLD104", "warning"]]);
  });

  test("on -d does not wait either", () => {
    expect(codes("on -d smmuman @/etc/x.smmu\ndevb-ahci ahci")).toEqual(["BLD104"]);
  });

  test("each driver before the service is told", () => {
    expect(codes("devb-ahci a\nio-usb-otg -d xhci\nsmmuman @/etc/x.smmu")).toEqual(["BLD103", "BLD103"]);
  });

  test("a driver that somebody says starts no DMA is none, and one that he names is one", () => {
    const script = "devb-mine x\nmydriver -v\nsmmuman @/etc/x.smmu";
    expect(codes(script)).toEqual(["BLD103"]);
    expect(codes(script, { ignoredDrivers: ["devb-mine"] })).toEqual([]);
    expect(codes(script, { dmaDrivers: ["my*"], ignoredDrivers: ["devb-mine"] })).toEqual(["BLD103"]);
  });

  test("a network stack does DMA once a driver is loaded into it", () => {
    expect(codes("io-pkt-v6-hc\nsmmuman @/etc/x.smmu\nmount -T io-pkt /lib/dll/devnp-e1000.so")).toEqual([]);
    expect(codes("io-pkt-v6-hc -de1000\nsmmuman @/etc/x.smmu")).toEqual(["BLD103"]);
    expect(codes("mount -Tio-pkt /lib/dll/devnp-e1000.so\nsmmuman @/etc/x.smmu")).toEqual(["BLD103"]);
  });

  test("a virtual machine is started after the service (HV-1)", () => {
    expect(codes("qvm @/etc/g.qvmconf &\nsmmuman @/etc/x.smmu")).toEqual(["BLD103"]);
  });

  test("foreground holds up what follows, and nothing else", () => {
    expect(codes("smmuman foreground @/etc/x.smmu")).toEqual([]);
    expect(codes("smmuman foreground @/etc/x.smmu\nslogger2")).toEqual(["BLD105"]);
  });

  test("scripts run one after the other, in the order of the buildfile", () => {
    const second = "[+script] later = {\ndevb-ahci ahci\n}\n";
    expect(lint(image({ script: "smmuman @/etc/x.smmu" }) + second).codes).toEqual([]);
    expect(lint(`[+script] sooner = {\ndevb-ahci ahci\n}\n${image()}`).codes).toEqual(["BLD103"]);
  });
});
