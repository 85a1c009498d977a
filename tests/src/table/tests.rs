//! Tests of the table itself: a scenario that cannot fail shows nothing.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::all;
use crate::driver::Runtime;
use crate::explained::Exchanges;
use crate::origin::Origin;
use crate::run::play;
use crate::stage::Stage;

#[test]
fn ids_are_unique_and_fit_into_a_path() {
    let ids: Vec<_> = all().into_iter().map(|scenario| scenario.id).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
    for id in ids {
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id}"
        );
    }
}

#[test]
fn there_are_at_least_sixty_scenarios_and_at_most_five_percent_of_the_cells_are_unsupported() {
    let table = all();
    let unsupported: usize = table
        .iter()
        .map(|scenario| scenario.unsupported.len())
        .sum();
    assert!(table.len() >= 60, "{} scenarios", table.len());
    assert!(
        unsupported * 20 <= table.len() * Runtime::ALL.len(),
        "{unsupported} cells are unsupported"
    );
}

#[test]
fn every_scenario_fails_on_a_server_that_gives_the_same_empty_answer_to_everything() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\
        Connection: close\r\n\r\n";
    every_scenario_fails_on(answer);
}

#[test]
fn every_scenario_fails_on_a_server_that_closes_every_connection() {
    every_scenario_fails_on("");
}

/// Plays all scenarios at once against a server that gives the same answer to everything.
fn every_scenario_fails_on(answer: &'static str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let front = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    let table = Arc::new(all());
    let origin = Arc::new(Origin::start().unwrap());
    std::thread::scope(|scope| {
        for (number, scenario) in table.iter().enumerate() {
            let stage = Stage {
                runtime: Runtime::Native,
                front,
                second: Some(front),
                origin: Arc::clone(&origin),
                id: scenario.id.clone(),
                deadline: Instant::now() + Duration::from_secs(3),
                meter: None,
                log: None,
                exchanges: Exchanges::default(),
            };
            let table = &table;
            scope.spawn(move || {
                assert!(
                    play(table, number, stage).is_err(),
                    "{} passes",
                    table[number].id
                );
            });
        }
    });
}
