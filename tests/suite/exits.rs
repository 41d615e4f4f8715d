//! Each exit code of the contract is reached by a command that a user can type.

use std::collections::BTreeSet;

use super::server::{Server, held_by_grace, quickstart};
use super::shell;

/// The codes, as the contract lists them.
const CODES: [i32; 8] = [0, 1, 2, 3, 4, 5, 6, 130];

/// What leads to which code, one after the other in one stack.
const COMMANDS: [(i32, &str); 13] = [
    (0, "cenform validate"),
    // What the argument parser rejects, a stack that is not there, and one that is none.
    (1, "cenform plan --emulator --nonsense"),
    (1, "cenform apply --emulator --auto-approve nowhere"),
    (1, "mkdir bad && echo 'version: 1\ncens: [' > bad/cenform.yaml && cenform plan --emulator bad"),
    (2, "cenform plan --emulator --detailed-exitcode --out first.plan"),
    (0, "cenform plan --emulator"),
    (5, "cenform apply --emulator --expect sha256:0000 first.plan"),
    (0, "cenform apply --emulator first.plan"),
    (5, "cenform apply --emulator first.plan"),
    (0, "cenform plan --emulator --detailed-exitcode"),
    (2, "cenform plan --emulator --detailed-exitcode --destroy"),
    // The log project would be replaced, with the logs in it.
    (6, "sed -i.before 's/netflow-/netflaw-/' cenform.yaml && cenform plan --emulator"),
    (6, "cenform apply --emulator --auto-approve"),
];

#[tokio::test]
async fn each_exit_code_of_the_contract_is_reached() {
    let stack = quickstart();
    let mut reached: BTreeSet<i32> = COMMANDS.iter().map(|(code, _)| *code).collect();
    for (code, command) in COMMANDS {
        shell::expect(code, command, stack.path());
    }

    // Somebody else holds the state.
    let held = held_by_grace(stack.path()).await;
    shell::expect(4, "cenform apply --emulator --auto-approve", stack.path());
    drop(held);
    reached.insert(4);

    // The cloud refuses something in the middle; or takes longer than anybody waits.
    let apply = |server: &Server| format!("cenform apply --auto-approve --endpoint {}", server.url());
    let refuses = Server::start(&[]);
    refuses.refuse(&["CreateTransitRouter"], "Forbidden", 403);
    shell::expect(3, &apply(&refuses), quickstart().path());
    let tarries = Server::start(&["--settle", "10m"]);
    let interrupted = format!("timeout --preserve-status --signal INT 3 {}", apply(&tarries));
    shell::expect(130, &interrupted, quickstart().path());
    reached.extend([3, 130]);

    assert_eq!(reached, CODES.into());
}
