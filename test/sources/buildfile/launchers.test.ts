import { describe, expect, test } from "vitest";
import { readSlm, startOrder } from "../../../sources/buildfile/slm.ts";
import { PlacedText, SourceText } from "../../../sources/buildfile/sourceText.ts";
import { type Given, image, lint } from "./linting.ts";

const read = (text: string) => readSlm(PlacedText.whole(new SourceText("slm.xml", text)));
const component = (name: string, command: string, more = "") =>
  `<SLM:component name="${name}"><SLM:command>${command}</SLM:command>${more}</SLM:component>`;
const SMMU = component(
  "smmu",
  "smmuman",
  '<SLM:args>smmu vtd</SLM:args><SLM:waitfor wait="pathname">/x</SLM:waitfor>',
);
const DISK = (more = "") => component("disk", "devb-ahci", more);
const AFTER = "<SLM:depend>smmu</SLM:depend>";

function slm(xml: string, script = "slm /etc/slm.xml", given: Given = {}): readonly string[] {
  return lint(`${image({ script })}/etc/slm.xml = {\n${xml}\n}\n`, given).codes;
}

describe("the configuration of slm", () => {
  test("is read with its places, whatever its prefix; comments and builtin commands start nothing", () => {
    const { components } = read(
      `\ufeff<?xml version="1.0"?>\n<!DOCTYPE s [ <!ENTITY a SYSTEM 'b.xml'> ]>\n<system>\n<!-- ${DISK()} -->\n` +
        `<component name='a'>\n <command launch="builtin">no_op</command>\n</component>\n` +
        `<X:component name="b"><X:command>\n  /bin/c\n</X:command><X:args>-d e &amp;</X:args></X:component></system>`,
    );
    expect(components).toMatchObject([
      { name: "a", command: null },
      { name: "b", command: { text: "/bin/c" }, args: { text: "-d e &amp;" }, waits: null },
    ]);
  });

  test("is taken in the order of its dependencies, circles cut", () => {
    const order = (...pairs: [string, ...string[]][]) =>
      startOrder(pairs.map(([name, ...depends]) => ({ name, depends }))).map(({ name }) => name);
    expect(order(["a", "c"], ["b"], ["c", "b"])).toEqual(["b", "c", "a"]);
    expect(order(["a", "b"], ["b", "a"])).toEqual(["b", "a"]);
    expect(order(["a", "nobody", "a"])).toEqual(["a"]);
  });

  test("hostile text is read in bounded time", () => {
    const started = process.cpuUsage().user;
    for (const piece of ["<", "<a", "<!--", "<!DOCTYPE [", '<a b="', "<SLM:component>", "&a;"])
      read(piece.repeat(100_000));
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(8);
  });
});

describe("what slm starts is held in order by its dependencies alone", () => {
  test.each([
    ["a driver that depends on the service", SMMU + DISK(AFTER), []],
    [
      "through another component",
      SMMU + DISK("<SLM:depend>mid</SLM:depend>") + component("mid", "x", AFTER),
      [],
    ],
    ["a driver below it that does not", SMMU + DISK(), ["BLD111"]],
    ["a driver above it that does", DISK(AFTER) + SMMU, []],
    ["a driver, and no service anywhere", DISK(), ["BLD102"]],
    [
      "a service that is not waited for",
      SMMU.replace(/<SLM:waitfor.*waitfor>/, "") + DISK(AFTER),
      ["BLD112"],
    ],
    [
      "a service that ends in an empty waitfor",
      SMMU.replace(/<SLM:waitfor.*waitfor>/, '<SLM:waitfor wait="exits"/>') + DISK(AFTER),
      [],
    ],
  ])("%s", (_, xml, places) => expect(slm(xml)).toEqual(places));

  test("a service that the script starts first protects all of it; one that it starts later, none", () => {
    expect(slm(DISK(), "smmuman @/etc/x.smmu\nslm /etc/slm.xml")).toEqual([]);
    expect(slm(DISK(), "slm /etc/slm.xml\nsmmuman @/etc/x.smmu")).toEqual(["BLD103"]);
  });

  test("a driver of the script does not wait for a service of slm", () => {
    expect(slm(SMMU, "slm /etc/slm.xml\ndevb-ahci ahci")).toEqual(["BLD104"]);
  });

  test("the finding stands where the component's program is named", () => {
    const { places } = lint(
      `${image({ script: "slm /etc/slm.xml" })}/etc/slm.xml = {\n${SMMU}\n\n${DISK()}\n}\n`,
    );
    expect(places).toEqual(["BLD111@15"]);
  });

  test("a script that a component runs is followed", () => {
    const text = `${image({ script: "slm /etc/slm.xml" })}/etc/slm.xml = {\n${SMMU}${component("net", "/bin/net.sh")}\n}\n`;
    const net = "/bin/net.sh = {\n#!/bin/sh\nio-sock -d em\n}\n";
    expect(lint(text + net).codes).toEqual(["BLD111"]);
    expect(lint(text).codes).toEqual(["BLD014"]);
  });

  test("an included file is read where it is to be had, and told where not", () => {
    const xml = `<!DOCTYPE s [<!ENTITY board SYSTEM 'board.xml'>]>\n<SLM:system>${SMMU}&board;</SLM:system>`;
    const text = `${image({ script: "slm /etc/slm.xml" })}/etc/slm.xml = {\n${xml}\n}\n/etc/board.xml = board.xml\n`;
    expect(lint(text, { host: { "board.xml": DISK() } }).codes).toEqual(["BLD111"]);
    expect(lint(text).codes).toEqual(["BLD014"]);
  });

  test("a configuration that is not to be had is told", () => {
    expect(lint(image({ script: "smmuman @/etc/x.smmu\nslm -t 5 /etc/other.xml" })).codes).toEqual([
      "BLD014",
    ]);
  });
});

describe("a remark that names the service starts nothing", () => {
  test.each(["# no smmuman here", "<!-- smmuman -->", "x // smmuman"])("%s", (line) => {
    const text = `${image({ script: "slogger2" })}/etc/some.conf = {\n${line}\n}\n`;
    expect(lint(text).codes).toEqual(["BLD102"]);
  });
});

describe("a virtual IOMMU of a VM needs its library in the host's image", () => {
  const host = (conf: string, more = "", command = "qvm @/etc/g.qvmconf") =>
    lint(`${image({ script: `smmuman @/etc/x.smmu\n${command}` })}/etc/g.qvmconf = {\n${conf}\n}\n${more}\n`)
      .codes;
  const LIBRARY = "/lib/dll/vdev-smmu.so = vdev-smmu.so";

  test.each([
    ["by its type", "system g\nvdev smmu\n loc 0x1c000000", "", ["BLD216"]],
    ["by its file", "vdev vdev-smmu.so", "", ["BLD216"]],
    ["with the library there", "vdev smmu", LIBRARY, []],
    ["with the safety variant there", "vdev smmu", "/lib/dll/vdev-smmu-safety.so = vdev-smmu-safety.so", []],
    ["with the library off the path", "vdev smmu", "/opt/vdev-smmu.so = vdev-smmu.so", ["BLD216"]],
    [
      "with the plain library under a safety name",
      "vdev smmu-safety",
      "/lib/dll/vdev-smmu-safety.so = vdev-smmu.so",
      ["BLD209"],
    ],
    ["in a remark", "#vdev smmu\nvdev shmem", "", []],
    ["in no VM", "vdev virtio-net", "", []],
  ])("%s", (_, conf, more, places) => expect(host(conf, more)).toEqual(places));

  test("in the words of the command itself, and in a file that another names", () => {
    expect(host("", "", "qvm vdev smmu")).toEqual(["BLD216"]);
    expect(host("@/etc/more.conf", "/etc/more.conf = {\nvdev smmu\n}")).toEqual(["BLD216"]);
    expect(host("@/etc/g.qvmconf")).toEqual([]);
  });
});

test("a finding about a library names the line of the buildfile that asks for it", () => {
  const files =
    "/etc/x.smmu = {\nsmmu vtd\n}\n/bin/smmuman-safety = smmuman-safety\n/lib/dll/smmu-vtd.so = smmu-vtd.so";
  const { diagnostics } = lint(image({ script: "smmuman-safety @/etc/x.smmu", files }));
  expect(diagnostics.find(({ code }) => code === "BLD208")?.message).toContain('for "vtd" (a.build:8)');
});
