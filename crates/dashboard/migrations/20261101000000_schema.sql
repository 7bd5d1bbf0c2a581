-- The dashboard's tables as they are deployed: types, lengths, checks and keys that a refresh meets.
-- Tables that a refresh never touches (figures of schools and of all schools, trusts, questions) are left out.

create table public.establishments (
  id uuid primary key default gen_random_uuid(),
  knack_id varchar(50) not null unique,
  name varchar(255) not null,
  trust_id uuid,
  is_australian boolean default false,
  use_standard_year boolean, -- null means yes
  status varchar,
  portal_type varchar(50),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.students (
  id uuid primary key default gen_random_uuid(),
  knack_id varchar(50) not null, -- no identity: a re-upload gives the same pupil another one
  email varchar(255) not null,
  name varchar(255),
  establishment_id uuid references public.establishments (id) on delete cascade,
  year_group varchar(50),
  course varchar(100),
  faculty varchar(100),
  "group" varchar(100),
  status varchar default 'Active',
  gender varchar,
  academic_year text not null check (academic_year ~ '^[0-9]{4}/[0-9]{4}$'),
  created_at timestamptz default now(),
  updated_at timestamptz default now(), -- no trigger keeps it
  unique (email, academic_year)
);
create index students_knack_id_idx on public.students (knack_id);
create index students_establishment_id_idx on public.students (establishment_id);

create table public.vespa_scores (
  id uuid primary key default gen_random_uuid(),
  student_id uuid references public.students (id) on delete cascade,
  cycle integer not null check (cycle in (1, 2, 3)),
  vision integer check (vision between 0 and 10),
  effort integer check (effort between 0 and 10),
  systems integer check (systems between 0 and 10),
  practice integer check (practice between 0 and 10),
  attitude integer check (attitude between 0 and 10),
  overall integer check (overall between 0 and 10),
  completion_date date,
  academic_year varchar(10),
  student_email varchar,
  created_at timestamptz default now(),
  unique (student_id, cycle, academic_year)
);

create table public.student_comments (
  id uuid primary key default gen_random_uuid(),
  student_id uuid not null references public.students (id) on delete cascade,
  cycle integer not null check (cycle in (1, 2, 3)),
  comment_type varchar(10) not null check (comment_type in ('rrc', 'goal')),
  comment_text text,
  knack_field_id varchar(20),
  academic_year text,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  unique (student_id, cycle, comment_type)
);

create table public.question_responses (
  id uuid primary key default gen_random_uuid(),
  student_id uuid references public.students (id) on delete cascade,
  cycle integer not null check (cycle in (1, 2, 3)),
  question_id varchar(50) not null,
  response_value integer check (response_value between 1 and 5),
  academic_year varchar,
  created_at timestamptz default now(),
  unique (student_id, cycle, academic_year, question_id)
);

create table public.staff_admins (
  id uuid primary key default gen_random_uuid(),
  knack_id varchar(50) not null unique,
  email varchar(255),
  name varchar(255),
  establishment_id uuid references public.establishments (id) on delete set null,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.super_users (
  id uuid primary key default gen_random_uuid(),
  knack_id varchar(50) not null unique,
  email varchar(255),
  name varchar(255),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.sync_logs (
  id uuid primary key default gen_random_uuid(),
  sync_type varchar(50) not null,
  status varchar(20) not null,
  records_processed integer,
  error_message text,
  started_at timestamptz not null,
  completed_at timestamptz,
  metadata jsonb
);

create function public.touch_updated_at() returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger student_comments_touch_updated_at
before update on public.student_comments
for each row execute function public.touch_updated_at();

-- Supabase grants the API roles every table; row-level security is what holds the public key back.
-- No policy is given to anyone, so only service_role, which bypasses row-level security, sees a row.
grant usage on schema public to anon, authenticated, service_role;
grant all on all tables in schema public to anon, authenticated, service_role;

alter table public.establishments enable row level security;
alter table public.students enable row level security;
alter table public.vespa_scores enable row level security;
alter table public.student_comments enable row level security;
alter table public.question_responses enable row level security;
alter table public.staff_admins enable row level security;
alter table public.super_users enable row level security;
alter table public.sync_logs enable row level security;
