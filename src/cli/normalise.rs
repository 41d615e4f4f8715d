//! Makes the spellings that people bring along one: Terraform's single-dash long options, and
//! global options before the command, which then add up with those after it.

/// Global options that take a value in the next argument.
const WITH_VALUE: &[&str] =
    &["--state", "--var", "--var-file", "--endpoint", "--emulator-data", "--region", "--parallelism", "--lock-timeout"];

/// Long options that Terraform spells with one dash.
const SINGLE_DASH: &[&str] = &[
    "allow-data-loss",
    "auto-approve",
    "destroy",
    "detailed-exitcode",
    "exclude",
    "input",
    "json",
    "lock-timeout",
    "max-destroy",
    "no-color",
    "out",
    "parallelism",
    "raw",
    "refresh",
    "replace",
    "state",
    "target",
    "var",
    "var-file",
    "version",
    "help",
];

/// The arguments as the parser knows them. The first is the program's name.
pub(super) fn normalise(arguments: &[String]) -> Vec<String> {
    let mut arguments = arguments.iter().cloned();
    let mut out: Vec<String> = arguments.next().into_iter().collect();
    let mut rest: Vec<String> = Vec::new();
    let mut literal = false;
    for argument in arguments {
        literal |= argument == "--";
        rest.push(if literal { argument } else { double_dash(argument) });
    }
    let mut leading = Vec::new();
    let mut rest = rest.into_iter().peekable();
    while let Some(option) = rest.next_if(|argument| argument.starts_with('-') && argument != "--") {
        let takes_next = WITH_VALUE.contains(&option.as_str());
        leading.push(option);
        if takes_next {
            leading.extend(rest.next());
        }
    }
    let Some(command) = rest.next() else {
        out.extend(leading);
        return out;
    };
    let nested = command == "state";
    out.push(command);
    if nested && let Some(subcommand) = rest.next_if(|argument| !argument.starts_with('-')) {
        out.push(subcommand);
    }
    out.extend(leading);
    out.extend(rest);
    out
}

fn double_dash(argument: String) -> String {
    let is_known = argument.strip_prefix('-').is_some_and(|name| {
        let name = name.split('=').next().unwrap_or(name);
        SINGLE_DASH.contains(&name)
    });
    if is_known { format!("-{argument}") } else { argument }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    fn normalised(line: &str) -> String {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        normalise(&arguments).join(" ")
    }

    #[test]
    fn spellings_become_one() {
        for (given, wanted) in [
            ("cenform plan -out=x -detailed-exitcode", "cenform plan --out=x --detailed-exitcode"),
            ("cenform apply -auto-approve -var k=v", "cenform apply --auto-approve --var k=v"),
            ("cenform --var a=b plan --var c=d", "cenform plan --var a=b --var c=d"),
            ("cenform --emulator state list -v", "cenform state list --emulator -v"),
            ("cenform -q -v plan dir", "cenform plan -q -v dir"),
            ("cenform --input=false plan", "cenform plan --input=false"),
            ("cenform --version", "cenform --version"),
            ("cenform plan -- -out", "cenform plan -- -out"),
            ("cenform", "cenform"),
        ] {
            assert_eq!(normalised(given), wanted);
        }
    }
}
