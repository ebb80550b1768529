import type { DiffLine, StateView } from "../../viewModel.ts";
import { comparison, goToOther, otherCursor, otherState } from "../compare.ts";
import { count, plural } from "../format.ts";
import { boot, cursor, otherName, state } from "../model.ts";
import { Jump } from "./Jump.tsx";

const SIGNS = { added: "+", removed: "−", changed: "≠", first: "≠" };
const SAID = { added: "only in the other", removed: "only here", changed: "differs", first: "differs" };

/** What differs between the boot and the one it is compared with. */
export function DiffPanel() {
  const found = comparison.value;
  if (otherName.value === "")
    return (
      <p>
        Choose a boot to compare with, at the top: differences are marked on both timelines and listed here.
      </p>
    );
  if (found === null) return <p class="muted">Comparing…</p>;
  return (
    <>
      <p class="lead">
        {found.equal
          ? `${found.a} and ${found.b} mean the same.`
          : `${found.a} and ${found.b} differ in ${plural(found.lines.length + found.omitted, "thing")}.`}
      </p>
      {found.first !== null && (
        <>
          <h3>Where they part</h3>
          <p>
            <Line line={found.first} />
          </p>
        </>
      )}
      <StateDifferences />
      {found.lines.length > 0 && (
        <>
          <h3>All differences</h3>
          <ul class="differences">
            {found.lines.map((line) => (
              <li key={`${line.aspect} ${line.change} ${line.seqA} ${line.seqB} ${line.text}`}>
                <Line line={line} />
              </li>
            ))}
            {found.omitted > 0 && <li class="muted">{count(found.omitted)} more; smmu diff tells all</li>}
          </ul>
        </>
      )}
    </>
  );
}

function Line({ line }: { readonly line: DiffLine }) {
  return (
    <>
      <strong title={SAID[line.change]}>
        <span aria-hidden="true">{SIGNS[line.change]}</span>
        <span class="unseen">{SAID[line.change]}: </span>
      </strong>{" "}
      <span class="muted">{line.aspect}</span> {line.text} {line.seqA !== null && <Jump seq={line.seqA} />}
      {line.seqA === null && line.seqB !== null && (
        <button type="button" class="plain" onClick={() => goToOther(line.seqB!)}>
          #{count(line.seqB)} of the other
        </button>
      )}
    </>
  );
}

/** The two machines side by side at the cursor, where they differ. */
function StateDifferences() {
  const [mine, theirs] = [state.value, otherState.value];
  if (mine === null || theirs === null) return <p class="muted">Loading the states…</p>;
  const [a, b] = [factsOf(mine), factsOf(theirs)];
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
  return (
    <table>
      <caption>
        State at the cursor{" "}
        <span class="muted">
          event {count(cursor.value)} here, {count(otherCursor.value)} there
        </span>
      </caption>
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">{boot.value?.boot}</th>
          <th scope="col">{otherName.value}</th>
        </tr>
      </thead>
      <tbody>
        {names.slice(0, 200).map((name) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{a.get(name) ?? "–"}</td>
            <td>{b.get(name) ?? "–"}</td>
          </tr>
        ))}
        {names.length === 0 && (
          <tr>
            <td colSpan={3} class="muted">
              nothing differs here
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function factsOf(machine: StateView): Map<string, string> {
  const facts = new Map([["phase", machine.service?.dss?.reason ?? machine.phase]]);
  for (const unit of machine.units) facts.set(unit.unit, `translation ${unit.translation ? "on" : "off"}`);
  for (const { device, route, object, permitted, denied } of machine.devices) {
    const place = route === "confined" ? (object ?? "no object") : `unrestricted: ${route}`;
    facts.set(device, `${place}; ${count(permitted)} permitted, ${count(denied)} denied`);
  }
  for (const { object, devices, space } of machine.objects)
    facts.set(`object ${object}`, `${plural(space.mappings, "run")}, ${plural(devices.length, "device")}`);
  for (const { client, connected } of machine.clients)
    facts.set(`client ${client}`, connected ? "connected" : "not connected");
  return facts;
}
