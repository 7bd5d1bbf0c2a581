-- Figures of one school's answers to each question, as deployed after `fix_question_statistics_schema.sql`. The last three
-- columns are in the deployed table, but not every script that fills it writes them.

create table public.question_statistics (
  id uuid primary key default gen_random_uuid(),
  establishment_id uuid references public.establishments (id) on delete cascade,
  cycle integer not null check (cycle in (1, 2, 3)),
  academic_year varchar(10),
  question_id varchar(50) not null,
  mean numeric(4, 2),
  std_dev numeric(4, 2),
  count integer,
  distribution jsonb, -- how many answered 1, 2, 3, 4 and 5
  calculated_at timestamptz default now(),
  mode integer,
  percentile_25 numeric(4, 2),
  percentile_75 numeric(4, 2),
  unique (establishment_id, cycle, academic_year, question_id)
);
create index question_statistics_lookup_idx on public.question_statistics (establishment_id, cycle, question_id);

grant all on table public.question_statistics to anon, authenticated, service_role;
alter table public.question_statistics enable row level security;
