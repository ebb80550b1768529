import { describe, expect, test } from "vitest";
import { objectName } from "../../../events/vocabulary/names.ts";
import { clientRecordOf } from "../../support/clientNotation.ts";
import { start, verdicts } from "../../support/startup.ts";

const BEGUN = `
  client c1 attach
  c1: smmu_init(0)
  c1: o1 = smmu_obj_create()
  c1: smmu_device_add_pci(o1, 0, 18, 0)
  c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
  dma 00:12.0 0x1000+4 r
`;
const SIGNAL = '{"kind":"fail","what":"signal","name":"SIGTERM","at":"run"}';

function tell(story: string) {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return start({ config: "smmu vtd", board: "example:x86-vtd", scenario: lines.map(clientRecordOf) });
}

describe("a client that dies while no service runs (G-8, G-28)", () => {
  test("takes nothing along: nobody is there to program the units, so what they were given stays in force", () => {
    const told = tell(`${BEGUN}
      ${SIGNAL}
      exit c1
      dma 00:12.0 0x1000+4 r
      dma 00:12.0 0x2000+4 r`);
    expect(told.phase).toBe("dss");
    expect(verdicts(told)).toEqual([
      expect.stringContaining("permitted"),
      expect.stringContaining("permitted"),
      expect.stringContaining("denied"),
    ]);
    expect(told.state.clients.has("c1" as never)).toBe(false);
    expect(told.state.objects.has(objectName("o1"))).toBe(true);
  });

  test("while one runs, the same death leaves its devices without access (G-28)", () => {
    const told = tell(`${BEGUN}
      exit c1
      dma 00:12.0 0x1000+4 r
      ${SIGNAL}
      dma 00:12.0 0x1000+4 r`);
    expect(verdicts(told)).toEqual([
      expect.stringContaining("permitted"),
      expect.stringContaining("denied"),
      expect.stringContaining("denied"),
    ]);
    expect(told.state.objects.size).toBe(0);
  });

  test("a client that lives on may try to clean up, and is told that nobody answers (DSS-1, G-27)", () => {
    const told = tell(`${BEGUN}
      ${SIGNAL}
      c1: smmu_obj_destroy(o1)
      c1: smmu_fini()
      dma 00:12.0 0x1000+4 r`);
    const returns = told.all("CallReturned").slice(-2);
    expect(returns).toMatchObject([
      { returns: -1, errno: "EBADF" },
      { returns: -1, errno: "EBADF" },
    ]);
    expect(verdicts(told).at(-1)).toContain("permitted");
  });
});
