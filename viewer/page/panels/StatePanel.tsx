import type { ComponentChildren } from "preact";
import type { SpaceRef, StateView } from "../../viewModel.ts";
import { bytesSize, count, plural } from "../format.ts";
import { filter, pages, space, state, tab } from "../model.ts";
import { Jump } from "./Jump.tsx";

/** The machine after the event at the cursor. */
export function StatePanel() {
  const shown = state.value;
  if (shown === null) return <p class="muted">Loading the state…</p>;
  return (
    <>
      <Service state={shown} />
      <Table caption="Units" heads={["unit", "base", "width", "translation"]} empty="no unit is known">
        {shown.units.map((unit) => (
          <tr key={unit.unit}>
            <th scope="row">{unit.unit}</th>
            <td>{unit.base ?? "–"}</td>
            <td>{unit.addressWidth === null ? "–" : `${unit.addressWidth} bits`}</td>
            <td>{unit.translation === null ? "never switched" : unit.translation ? "on" : "off"}</td>
          </tr>
        ))}
      </Table>
      <Table
        caption="Devices"
        heads={["device", "goes to", "permitted", "denied"]}
        empty="no device is known"
      >
        {shown.devices.map((device) => (
          <tr key={device.device}>
            <th scope="row">
              <button
                type="button"
                class="plain"
                onClick={() => (filter.value = { ...filter.value, about: device.device })}
              >
                {device.device}
              </button>
            </th>
            <td>
              {device.route === "confined" ? (
                (device.object ?? (device.spaces.length > 0 ? "" : "no object"))
              ) : (
                <strong class="warn">unrestricted: {device.route}</strong>
              )}
              {device.spaces.map((ref) => (
                <span class="space-link" key={ref.id}>
                  <SpaceButton
                    space={ref}
                    label={ref.id.startsWith("startup:") ? "start-up grants" : "reserved regions"}
                  />
                </span>
              ))}
            </td>
            <td class="num">{count(device.permitted)}</td>
            <td class="num">
              {device.denied > 0 && <span aria-hidden="true">▲ </span>}
              {count(device.denied)}
            </td>
          </tr>
        ))}
      </Table>
      <Table caption="Objects" heads={["object", "devices", "granted", "in runs"]} empty="no object exists">
        {shown.objects.map(({ object, devices, client, space: ref }) => (
          <tr key={object}>
            <th scope="row">
              <SpaceButton space={ref} label={object} />
              {client !== null && <span class="muted"> of {client}</span>}
            </th>
            <td>{devices.join(", ") || "–"}</td>
            <td class="num">{bytesSize(Number(BigInt(ref.bytes)))}</td>
            <td class="num">
              {count(ref.mappings)}
              {ref.stale > 0 && <span class="muted"> + {count(ref.stale)} stale</span>}
            </td>
          </tr>
        ))}
      </Table>
      {shown.clients.length > 0 && (
        <Table caption="Clients" heads={["client", "connected", "objects", "fault records"]} empty="">
          {shown.clients.map((client) => (
            <tr key={client.client}>
              <th scope="row">
                {client.client}
                {client.vm !== null && <span class="muted"> in {client.vm}</span>}
              </th>
              <td>{client.connected ? "yes" : "no"}</td>
              <td>{client.objects.join(", ") || "–"}</td>
              <td class="num">{count(client.records)}</td>
            </tr>
          ))}
        </Table>
      )}
      {shown.guests.length > 0 && (
        <Table caption="Guests" heads={["guest", "devices", "stage 2", "stage 1"]} empty="">
          {shown.guests.map((guest) => (
            <tr key={guest.vm}>
              <th scope="row">
                {guest.vm}
                <span class="muted">{guest.running ? "" : " ended"}</span>
              </th>
              <td>{guest.pass.join(", ") || "–"}</td>
              <td>{guest.unity ? "unity" : <SpaceButton space={guest.memory} />}</td>
              <td>
                {guest.objects.map((ref) => (
                  <span class="space-link" key={ref.id}>
                    <SpaceButton space={ref} />
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p class="muted">
        {plural(shown.pendingFaults, "fault record")} waiting
        {shown.droppedFaults > 0 ? `, ${count(shown.droppedFaults)} dropped` : ""}
        {shown.omitted > 0 ? `; ${count(shown.omitted)} rows are not shown, smmu state --json tells all` : ""}
      </p>
    </>
  );
}

function Service({ state: shown }: { readonly state: StateView }) {
  const { service, phase } = shown;
  return (
    <p class={phase === "dss" ? "lead dss" : "lead"}>
      {service === null
        ? ""
        : `${service.name}${service.placement === null ? "" : ` ${service.placement === "guest" ? "in a guest" : "on hardware"}`}: `}
      {phase === "dss" ? "Design Safe State" : phase}
      {service?.dss != null && (
        <>
          {" "}
          – {service.dss.reason} ({service.dss.requirement}) <Jump seq={service.dss.seq} />
        </>
      )}
    </p>
  );
}

interface TableProps {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly empty: string;
  readonly children: readonly ComponentChildren[];
}

function Table({ caption, heads, empty, children }: TableProps) {
  return (
    <table>
      <caption>
        {caption} <span class="muted">{count(children.length)}</span>
      </caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th scope="col" key={head}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {children.length > 0 ? (
          children
        ) : (
          <tr>
            <td colSpan={heads.length} class="muted">
              {empty}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function SpaceButton({ space: ref, label }: { readonly space: SpaceRef; readonly label?: string }) {
  return (
    <button
      type="button"
      class="plain"
      title={`show the address map of ${ref.title}`}
      onClick={() => {
        space.value = ref.id;
        pages.value = null;
        tab.value = "space";
      }}
    >
      {label ?? ref.title}
    </button>
  );
}
