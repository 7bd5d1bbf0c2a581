//! The figures of a school's answers: renewed where there are some, and left alone where there are none.

use e2e::{Stage, warned};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

use super::{changed, class, reason};

const STATISTICS: &str = "question_statistics";

async fn store(stage: &Stage, cycle: u8, question: &str) {
    let row = json!({
        "establishment_id": stage.id, "cycle": cycle, "academic_year": stage.year, "question_id": question,
        "mean": 1.5, "std_dev": 0.5, "count": 2, "distribution": [1, 1, 0, 0, 0], "mode": 1,
        "calculated_at": "2020-01-01T00:00:00Z",
    });
    stage.db.insert(STATISTICS, &row).await;
}

async fn figures(stage: &Stage) -> Vec<Value> {
    let query = "select cycle, question_id, mean, std_dev, count, distribution, mode, calculated_at > '2021-01-01' as is_new \
                 from question_statistics where establishment_id::text = $1 order by cycle, question_id";
    stage.db.json(query, &stage.id.to_string()).await
}

fn of<'f>(figures: &'f [Value], question: &str) -> &'f Value {
    let found = figures.iter().find(|row| row["question_id"] == question);
    found.expect("it has figures")
}

#[tokio::test]
async fn a_school_without_figures_gets_none() {
    let (stage, _) = class(3).await;

    stage.run().await.expect_code(0);

    assert_eq!(figures(&stage).await, [] as [Value; 0]);
}

#[tokio::test]
async fn the_figures_of_a_cycle_that_has_some_are_renewed_from_what_is_stored() {
    let (stage, answers) = class(3).await;
    let another = stage.another_school().await;
    let theirs = json!({
        "establishment_id": another, "cycle": 1, "academic_year": stage.year, "question_id": "q1", "mean": 9.5,
    });
    stage.db.insert(STATISTICS, &theirs).await;
    store(&stage, 1, "q1").await;
    store(&stage, 2, "q1").await;
    for (of, value) in answers.iter().zip([1, 2, 2]) {
        stage.put_answers(&of.clone().answer(1, "q1", Some(value)));
    }

    stage.run().await.expect_code(0);

    let renewed = figures(&stage).await;
    assert_eq!(
        renewed.len(),
        33,
        "all of cycle 1, and the one that cycle 2 has"
    );
    let expected = json!({
        "cycle": 1, "question_id": "q1", "mean": 1.67, "std_dev": 0.58, "count": 3, "distribution": [1, 2, 0, 0, 0],
        "mode": 1, "is_new": true,
    });
    assert_eq!(*of(&renewed, "q1"), expected);
    assert_eq!(renewed[32]["mean"], 1.5, "there are no answers of cycle 2");
    let query = "select mean from question_statistics where establishment_id::text = $1";
    let theirs = stage.db.json(query, &another.to_string()).await;
    assert_eq!(theirs[0]["mean"], 9.5);

    // Functions that empty the figures of all schools are never called.
    let seen = stage.proxy.seen();
    let of_tables = [
        "establishments",
        "students",
        "vespa_scores",
        "sync_logs",
        "question_responses",
        STATISTICS,
    ];
    assert!(
        seen.iter()
            .all(|it| of_tables.contains(&it.table()) && !it.path.contains("rpc")),
        "{seen:?}"
    );

    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);

    stage.put_answers(&answers[0].clone().answer(1, "q1", Some(5)));
    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary)[1], 1);
    assert_eq!(
        stage.written(),
        [
            ("question_responses".to_owned(), 1),
            (STATISTICS.to_owned(), 1)
        ]
    );
    assert_eq!(
        of(&figures(&stage).await, "q1")["distribution"],
        json!([0, 2, 0, 0, 1])
    );
}

#[tokio::test]
async fn figures_that_are_out_of_date_are_renewed_though_no_answer_changed() {
    let (stage, _) = class(3).await;
    stage.run().await.expect_code(0);
    store(&stage, 1, "q1").await;

    stage.run().await.expect_code(0);

    assert_eq!(of(&figures(&stage).await, "q1")["count"], 3);
}

#[tokio::test]
async fn columns_that_there_are_not_are_left_out() {
    for missing in ["distribution", "std_dev", "calculated_at"] {
        let stage = Stage::builder().own_database().start([]).await;
        let drop = format!("alter table question_statistics drop column {missing}");
        super::admit(&stage, 1);
        store(&stage, 1, "q1").await;
        stage.db.change(&drop).await;

        let summary = stage.run().await.expect_code(0);

        assert_eq!(warned(&summary), [], "{missing}");
        let query = "select count from question_statistics where establishment_id::text = $1";
        let counts = stage.db.json(query, &stage.id.to_string()).await;
        assert_eq!(counts.len(), 32, "{missing}");
        assert!(counts.iter().all(|row| row["count"] == 1), "{missing}");
        stage.proxy.forget();
        stage.run().await.expect_code(0);
        assert_eq!(stage.written(), [], "{missing}");
    }
}

#[tokio::test]
async fn a_database_without_the_table_has_no_figures() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.db.change("drop table question_statistics").await;
    super::admit(&stage, 1);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [32, 0, 0]);
}

#[tokio::test]
async fn figures_that_cannot_be_written_cost_nothing_else() {
    let (stage, _) = class(3).await;
    store(&stage, 1, "q1").await;
    let away = ProxyRule::new(Fault::GatewayHtml { code: 503 });
    stage.proxy.inject(away.on("POST", STATISTICS));

    let run = stage.run().await;

    let summary = run.expect_code(9);
    assert_eq!(changed(&summary), [96, 0, 0]);
    assert!(reason(&summary).contains("figures"), "{}", reason(&summary));
    stage.proxy.clear();
    stage.run().await.expect_code(0);
    assert_eq!(of(&figures(&stage).await, "q1")["count"], 3);
}
