"""A public tester, which knows of the launcher only its contract, finds no answer that the contract does not declare."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
# A school of 50, and a token for all of them.
SCHOOL = "5f1a20c4e7b3d9001c0a0050"
TOKEN = "vsr_of_the_contract_test"

EXAMPLES = 100
SEED = 1
# All but those that relate several requests: runs end and are forgotten by their own rules.
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "positive_data_acceptance",
        "missing_required_header",
        "unsupported_method",
        "allow_header_conformance",
        "ignored_auth",
    ]
)


class Contract(unittest.TestCase):
    """One launcher in the world that this runs in. A school may be refreshed again at once, and as often as is asked."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        (cls.folder / "tokens").write_text(f"{digest} all contract\n")
        settings = {
            "LAUNCHER_AUTH": "token",
            "LAUNCHER_TOKENS_FILE": str(cls.folder / "tokens"),
            "LAUNCHER_BIND": "127.0.0.1:0",
            "LAUNCHER_COOLDOWN_SECONDS": "0",
            "LAUNCHER_FAILURE_COOLDOWN_SECONDS": "0",
            "LAUNCHER_REQUESTS_PER_MINUTE": "1000000",
        }
        cls.log = cls.folder / "log"
        with cls.log.open("w") as log:
            cls.launcher = subprocess.Popen(
                [PROGRAM], cwd=cls.folder, env=os.environ | settings, stderr=log
            )
        cls.addClassCleanup(cls.end)
        cls.url = f"http://{cls.address()}"
        # What exists, for examples that are to be found.
        cls.run_id = cls.refresh()["run_id"]

    @classmethod
    def address(cls):
        """Where the launcher listens, once it does."""
        with cls.log.open() as log:
            while cls.launcher.poll() is None:
                line = log.readline()
                if '"message":"listening"' in line:
                    return json.loads(line)["addresses"]
        raise AssertionError(f"the launcher does not start: {cls.log.read_text()}")

    @classmethod
    def refresh(cls):
        request = urllib.request.Request(
            f"{cls.url}/api/sync/refresh-establishment",
            data=json.dumps({"establishmentId": SCHOOL}).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    @classmethod
    def end(cls):
        cls.launcher.terminate()
        cls.launcher.wait(timeout=30)

    def test_every_answer_is_declared(self):
        schemathesis = Path(sys.executable).with_name("schemathesis")
        # As a credential and not as a header, so that the tester may also leave it out.
        (self.folder / "schemathesis.toml").write_text(
            f'[auth.openapi]\nbearer = {{ bearer = "{TOKEN}" }}\n'
        )
        tested = subprocess.run(
            [
                schemathesis,
                "run",
                f"{self.url}/openapi.json",
                f"--checks={CHECKS}",
                f"--max-examples={EXAMPLES}",
                f"--seed={SEED}",
                "--phases=examples,coverage,fuzzing",
                # A stream does not end by itself.
                "--exclude-operation-id=followRun",
                "--continue-on-failure",
                "--generation-database=none",
                "--no-color",
            ],
            cwd=self.folder,
            env=os.environ
            | {
                "PYTHONPATH": str(HERE),
                "SCHEMATHESIS_HOOKS": "known",
                "KNOWN_SCHOOL": SCHOOL,
                "KNOWN_RUN": self.run_id,
            },
        )
        self.assertEqual(tested.returncode, 0)

    def test_the_launcher_is_well_afterwards(self):
        self.assertTrue(self.refresh()["success"])
        self.assertNotIn("panicked", self.log.read_text())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
