// The sandbox's services: a simulated Knack, a real Supabase on PostgreSQL, and the fault proxy in front of it. Each test
// creates a school of its own.
import { randomBytes, randomUUID } from "node:crypto";
import postgres from "postgres";

import { environment } from "./world";

export const sql = postgres(environment["DATABASE_URL"]!, { max: 2, onnotice: () => {} });

export interface TestSchool {
  knackId: string;
  uuid: string;
  name: string;
}

type Json = Record<string, unknown>;

async function control(server: string, path: string, method: string, body?: unknown): Promise<Response> {
  const response = await fetch(new URL(`/_sandbox/${path}`, environment[server]), {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** Makes Knack fail for this school; see crates/sandbox/src/knack/fault.rs. */
export async function knackFault(school: TestSchool, fault: unknown, fromNth = 1) {
  const when = { kind: "page", query: school.knackId };
  await control("KNACK_API_URL", "faults", "POST", { when, from_nth: fromNth, fault });
}

/** Makes Knack refuse the key for this school, from the first request on. */
export async function refuseKey(school: TestSchool) {
  const fault = { status: { code: 401, body: "Unauthorized" } };
  await control("KNACK_API_URL", "faults", "POST", { when: { query: school.knackId }, fault });
}

/** Makes Supabase fail; see crates/sandbox/src/proxy/fault.rs. */
export async function supabaseFault(when: Json, fault: unknown) {
  await control("SUPABASE_URL", "faults", "POST", { when, fault });
}

export async function clearFaults() {
  await control("KNACK_API_URL", "faults", "DELETE");
  await control("SUPABASE_URL", "faults", "DELETE");
}

/** Signs a user in to the simulated Knack and returns the session's token. */
export async function signInToKnack(email: string): Promise<string> {
  const response = await control("KNACK_API_URL", "sessions", "POST", { email });
  const { token } = (await response.json()) as { token: string };
  return token;
}

let sample: Promise<Json> | undefined;

/** One of Knack's records, as the template for new ones. */
async function sampleRecord(): Promise<Json> {
  sample ??= control("KNACK_API_URL", "records/object_10", "GET")
    .then((response) => response.json() as Promise<Json[]>)
    .then((records) => records.find((record) => record["field_155"] !== "" && record["field_855"] !== "")!);
  return structuredClone(await sample);
}

export function email(school: TestSchool, student: number): string {
  return `student${student}@${school.knackId}.example.test`;
}

/** Adds or changes students in Knack. All their scores in cycle 1 are `score`. */
export async function enrol(school: TestSchool, students: number[], score: number) {
  const records = students.map((student) => recordOf(school, student, score));
  await control("KNACK_API_URL", "records/object_10", "PUT", await Promise.all(records));
}

async function recordOf(school: TestSchool, student: number, score: number): Promise<Json> {
  const record = await sampleRecord();
  const address = email(school, student);
  record["id"] = school.knackId.slice(0, 16) + student.toString(16).padStart(8, "0");
  record["field_133"] = `<span class="${school.knackId}" data-kn="connection-value">${school.name}</span>`;
  record["field_133_raw"] = [{ id: school.knackId, identifier: school.name }];
  record["field_197"] = `<a href="mailto:${address}">${address}</a>`;
  record["field_197_raw"] = { email: address };
  for (let field = 155; field <= 160; field += 1) {
    record[`field_${field}`] = record[`field_${field}_raw`] = score;
  }
  return record;
}

/** Adds or changes a student whose record in Knack has these fields, and is ordinary otherwise. Returns the record's id. */
export async function enrolOddly(school: TestSchool, student: number, fields: Json): Promise<string> {
  const record = { ...(await recordOf(school, student, 4)), ...fields };
  await control("KNACK_API_URL", "records/object_10", "PUT", [record]);
  return record["id"] as string;
}

/** Adds a student whose record in Knack has no e-mail address. */
export async function enrolWithoutEmail(school: TestSchool, student: number): Promise<string> {
  return enrolOddly(school, student, { field_197: "", field_197_raw: "" });
}

/** Creates a school with students in Knack and none in Supabase. */
export async function newSchool(students = 3): Promise<TestSchool> {
  const knackId = randomBytes(12).toString("hex");
  const school = { knackId, uuid: randomUUID(), name: `Yew Tree School ${knackId.slice(0, 6)}` };
  await sql`insert into establishments (id, knack_id, name, is_australian)
            values (${school.uuid}, ${school.knackId}, ${school.name}, false)`;
  const numbers = Array.from({ length: students }, (_, n) => n + 1);
  await enrol(school, numbers, 4);
  return school;
}

/** All Vision scores of cycle 1 that the database holds for a school. */
export async function scores(school: TestSchool): Promise<number[]> {
  const rows = await sql<{ vision: number }[]>`
    select v.vision from vespa_scores v join students s on s.id = v.student_id
    where s.establishment_id = ${school.uuid} and v.cycle = 1`;
  return rows.map((row) => row.vision);
}

/** Stores the answers of all students of a school to the three questions about their exams. */
export async function answer(school: TestSchool, cycle: number, values: [number, number, number]) {
  const questions = ["outcome_q_support", "outcome_q_equipped", "outcome_q_confident"];
  for (const [n, question] of questions.entries()) {
    await sql`
      insert into question_responses (student_id, cycle, question_id, response_value, academic_year)
      select id, ${cycle}, ${question}, ${values[n]!}, academic_year from students
      where establishment_id = ${school.uuid}`;
  }
}

export async function refreshesLogged(school: TestSchool): Promise<number> {
  const rows = await sql`select 1 from sync_logs where metadata->>'establishment_id' = ${school.uuid}`;
  return rows.length;
}

export async function refreshesCompleted(school: TestSchool): Promise<number> {
  const rows = await sql`
    select 1 from sync_logs where metadata->>'establishment_id' = ${school.uuid} and status = 'completed'`;
  return rows.length;
}

/** Logs a refresh of the school some hours ago. */
export async function refreshedHoursAgo(school: TestSchool, hours: number, year: string) {
  const at = new Date(Date.now() - hours * 3_600_000);
  const metadata = { establishment_id: school.uuid, academic_year: year };
  await sql`insert into sync_logs (sync_type, status, started_at, completed_at, metadata)
            values ('establishment_refresh', 'completed', ${at}, ${at}, ${sql.json(metadata)})`;
}
