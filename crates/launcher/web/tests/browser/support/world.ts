// The world these tests live in: a simulated Knack, a real Supabase on PostgreSQL, and the proxy between. Each test has a
// school of its own in it.
import { randomBytes, randomUUID } from "node:crypto";
import postgres from "postgres";

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: run scripts/test-browser`);
  return value;
}

export const sql = postgres(required("DATABASE_URL"), { max: 2, onnotice: () => {} });

export interface TestSchool {
  knackId: string;
  uuid: string;
  name: string;
}

type Json = Record<string, unknown>;

async function control(server: string, path: string, method: string, body?: unknown): Promise<Response> {
  const response = await fetch(new URL(`/_sandbox/${path}`, required(server)), {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** What goes wrong in Knack for this school; see sandbox/src/knack/fault.rs. */
export async function knackFault(school: TestSchool, fault: unknown, fromNth = 1) {
  const when = { kind: "page", query: school.knackId };
  await control("KNACK_API_URL", "faults", "POST", { when, from_nth: fromNth, fault });
}

/** What goes wrong between the refresh and Supabase; see sandbox/src/proxy/fault.rs. */
export async function supabaseFault(when: Json, fault: unknown) {
  await control("SUPABASE_URL", "faults", "POST", { when, fault });
}

export async function clearFaults() {
  await control("KNACK_API_URL", "faults", "DELETE");
  await control("SUPABASE_URL", "faults", "DELETE");
}

/** A session of a user of the simulated Knack; its token. */
export async function signInToKnack(email: string): Promise<string> {
  const response = await control("KNACK_API_URL", "sessions", "POST", { email });
  const { token } = (await response.json()) as { token: string };
  return token;
}

let sample: Promise<Json> | undefined;

/** A record as Knack shows it, which others are made of. */
async function sampleRecord(): Promise<Json> {
  sample ??= control("KNACK_API_URL", "records/object_10", "GET")
    .then((response) => response.json() as Promise<Json[]>)
    .then((records) => records.find((record) => record["field_155"] !== "" && record["field_855"] !== "")!);
  return structuredClone(await sample);
}

export function email(school: TestSchool, pupil: number): string {
  return `pupil${pupil}@${school.knackId}.example.test`;
}

/** Puts pupils into Knack, or changes those that are there; all of them have `score` everywhere in cycle 1. */
export async function enrol(school: TestSchool, pupils: number[], score: number) {
  const records = pupils.map(async (pupil) => {
    const record = await sampleRecord();
    const address = email(school, pupil);
    record["id"] = school.knackId.slice(0, 16) + pupil.toString(16).padStart(8, "0");
    record["field_133"] = `<span class="${school.knackId}" data-kn="connection-value">${school.name}</span>`;
    record["field_133_raw"] = [{ id: school.knackId, identifier: school.name }];
    record["field_197"] = `<a href="mailto:${address}">${address}</a>`;
    record["field_197_raw"] = { email: address };
    for (let field = 155; field <= 160; field += 1) {
      record[`field_${field}`] = record[`field_${field}_raw`] = score;
    }
    return record;
  });
  await control("KNACK_API_URL", "records/object_10", "PUT", await Promise.all(records));
}

/** A school of a test's own, with pupils in Knack and none in Supabase. */
export async function newSchool(pupils = 3): Promise<TestSchool> {
  const knackId = randomBytes(12).toString("hex");
  const school = { knackId, uuid: randomUUID(), name: `Yew Tree School ${knackId.slice(0, 6)}` };
  await sql`insert into establishments (id, knack_id, name, is_australian)
            values (${school.uuid}, ${school.knackId}, ${school.name}, false)`;
  const numbers = Array.from({ length: pupils }, (_, n) => n + 1);
  await enrol(school, numbers, 4);
  return school;
}

/** Every score of cycle 1 that the database holds of a school. */
export async function scores(school: TestSchool): Promise<number[]> {
  const rows = await sql<{ vision: number }[]>`
    select v.vision from vespa_scores v join students s on s.id = v.student_id
    where s.establishment_id = ${school.uuid} and v.cycle = 1`;
  return rows.map((row) => row.vision);
}

export async function refreshesLogged(school: TestSchool): Promise<number> {
  const rows = await sql`select 1 from sync_logs where metadata->>'establishment_id' = ${school.uuid}`;
  return rows.length;
}

/** Makes it look as if the school had been refreshed some hours ago. */
export async function refreshedHoursAgo(school: TestSchool, hours: number, year: string) {
  const at = new Date(Date.now() - hours * 3_600_000);
  const metadata = { establishment_id: school.uuid, academic_year: year };
  await sql`insert into sync_logs (sync_type, status, started_at, completed_at, metadata)
            values ('establishment_refresh', 'completed', ${at}, ${at}, ${sql.json(metadata)})`;
}
