import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Match } from "./matchObjects.ts";
import type { DeviceLife, ObjectLife, Portrait } from "./portrait.ts";
import { ChangeList, type Changes, type Difference } from "./report.ts";
import { namesText, some } from "./text.ts";

/** Devices: those of one boot alone with all that was theirs, and what became of those of both. */
export function compareDevices(match: Match): Changes {
  const { a, b } = match;
  const changes = new ChangeList();
  for (const name of [...new Set([...a.devices.keys(), ...b.devices.keys()])].sort()) {
    const [inA, inB] = [a.devices.get(name), b.devices.get(name)];
    if (inA === undefined) changes.added.push(deviceOf(b, inB!, { seqA: null, seqB: inB!.firstSeq }));
    else if (inB === undefined) changes.removed.push(deviceOf(a, inA, { seqA: inA.firstSeq, seqB: null }));
    else changes.changed.push(...compareLives(match, name, inA, inB));
  }
  return changes;
}

/** Objects: those of one boot alone, and whose they are, and whether they still are. */
export function compareObjects(match: Match): Changes {
  const { a, b, lifeInB, lifeInA } = match;
  const changes = new ChangeList();
  for (const life of a.objects)
    if (lifeInB[life.index] === -1 && life.startupOf === null)
      changes.removed.push(objectOf(life, { seqA: life.createdSeq, seqB: null }));
  for (const life of b.objects)
    if (lifeInA[life.index] === -1 && life.startupOf === null)
      changes.added.push(objectOf(life, { seqA: null, seqB: life.createdSeq }));
  for (const life of a.objects) {
    const other = b.objects[lifeInB[life.index]!];
    if (other === undefined) continue;
    const at = { seqA: life.createdSeq, seqB: other.createdSeq, object: life.name, objectB: other.name };
    const change = (what: string, before: string | null, after: string | null, seqs = {}) =>
      changes.changed.push({
        ...at,
        ...seqs,
        what,
        a: before,
        b: after,
        text: `object ${nameBoth(life, other)}: ${what} ${before ?? "none"} -> ${after ?? "none"}`,
      });
    if (life.client !== other.client) change("client", life.client, other.client);
    const [endA, endB] = [life.destroyedSeq, other.destroyedSeq];
    if ((endA === null) !== (endB === null)) {
      const word = (end: number | null) => (end === null ? "no" : `at seq ${end}`);
      change("destroyed", word(endA), word(endB), { seqA: endA, seqB: endB });
    }
  }
  return changes;
}

/** The name of an object in both boots: `domain-9`, or `domain-9/domain-8` where they differ. */
export function nameBoth(life: ObjectLife, other: ObjectLife): string {
  return life.name === other.name ? life.name : `${life.name}/${other.name}`;
}

function compareLives(match: Match, name: DeviceName, inA: DeviceLife, inB: DeviceLife): Difference[] {
  const { a, b, lifeInB } = match;
  const found: Difference[] = [];
  const [lastA, lastB] = [a.last.devices.get(name), b.last.devices.get(name)];
  const change = (what: string, before: string, after: string, seqA: number | null, seqB: number | null) => {
    if (before === after) return;
    found.push({
      seqA,
      seqB,
      device: name,
      what,
      a: before,
      b: after,
      text: `${name}: ${what} ${before} -> ${after}`,
    });
  };
  change("unit", lastA?.unit ?? "none", lastB?.unit ?? "none", inA.firstSeq, inB.firstSeq);
  const ids = (device: typeof lastA) => [...(device?.identifiers ?? [])].sort().join(", ") || "none";
  change("identifiers", ids(lastA), ids(lastB), inA.firstSeq, inB.firstSeq);
  const steps = Math.max(inA.attachments.length, inB.attachments.length);
  for (let i = 0; i < steps; i++) {
    const [x, y] = [inA.attachments[i], inB.attachments[i]];
    const same =
      x !== undefined && y !== undefined && (x.life === null ? -1 : lifeInB[x.life]!) === (y.life ?? -1);
    if (same) continue;
    change(
      `attachment ${i + 1}`,
      x === undefined ? "none" : x.life === null ? "detached" : a.objects[x.life]!.name,
      y === undefined ? "none" : y.life === null ? "detached" : b.objects[y.life]!.name,
      x?.seq ?? null,
      y?.seq ?? null,
    );
    break;
  }
  const through = (life: DeviceLife) =>
    life.passthrough.map(({ enabled }) => (enabled ? "on" : "off")).join(", ");
  change(
    "pass-through",
    through(inA) || "never switched",
    through(inB) || "never switched",
    inA.passthrough[0]?.seq ?? null,
    inB.passthrough[0]?.seq ?? null,
  );
  return found;
}

function deviceOf(portrait: Portrait, life: DeviceLife, seqs: Pick<Difference, "seqA" | "seqB">): Difference {
  const unit = portrait.last.devices.get(life.name)?.unit ?? null;
  const used = [...new Set(life.attachments.flatMap(({ life: index }) => (index === null ? [] : [index])))];
  const objects = used.map((index) => portrait.objects[index]!);
  const grants = objects
    .filter(({ users }) => users.length === 1)
    .reduce((sum, object) => sum + object.grants.length, 0);
  const transfers = life.transfers.seq.length;
  const parts = [
    unit === null ? "" : `behind ${unit}`,
    objects.length === 0
      ? "attached to no object"
      : `attached to ${namesText(objects.map(({ name }) => name))}`,
    `${some(grants, "grant")} of its own`,
    some(transfers, "transfer"),
  ];
  return {
    ...seqs,
    device: life.name,
    unit,
    objects: objects.map(({ name }) => name),
    grants,
    transfers,
    text: `${life.name}: ${parts.filter((part) => part !== "").join("; ")}`,
  };
}

function objectOf(life: ObjectLife, seqs: Pick<Difference, "seqA" | "seqB">): Difference {
  const users = life.users.length === 0 ? "no device" : namesText(life.users);
  return {
    ...seqs,
    object: life.name,
    client: life.client,
    devices: life.users,
    grants: life.grants.length,
    text: `object ${life.name}: used by ${users}; ${some(life.grants.length, "grant")}`,
  };
}
