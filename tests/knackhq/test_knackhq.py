"""A public client of Knack, which knows nothing of us, reads the simulated Knack as it reads the real one."""

import json
import subprocess
import sys
import unittest

from knackhq import KnackApp
from knackhq.exceptions import ApiResponseError, NotFoundError

PUPILS = "object_10"
ANSWERS = "object_29"
SCHOOL = "61680fc13a0bfd001e8ca3ca"
# 465 with an e-mail address, two without, and 31 who completed nothing this year.
RECORDS = 498
NOT_COMPLETED = 31

OF_SCHOOL = {"field": "field_133", "operator": "is", "value": SCHOOL}
ANSWERS_OF_SCHOOL = {"field": "field_1821", "operator": "is", "value": SCHOOL}
BLANK_DATE = {"field": "field_855", "operator": "is blank"}


def filters(*rules):
    """The client leaves filters as they are, so they must be JSON already."""
    return json.dumps({"match": "and", "rules": rules})


class KnackHq(unittest.TestCase):
    """One simulated Knack for all tests, with the latency that keeps a client within ten requests a second."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = subprocess.Popen(
            [PROGRAM, "knack"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        cls.addClassCleanup(cls.sandbox.communicate, timeout=10)
        cls.settings = json.loads(cls.sandbox.stdout.readline())
        cls.app = KnackApp(
            app_id=cls.settings["KNACK_APP_ID"],
            api_key=cls.settings["KNACK_API_KEY"],
            endpoint=cls.settings["KNACK_API_URL"],
        )

    def test_objects_are_listed_and_described(self):
        self.assertIn(PUPILS, list(self.app.get_objects()))
        fields = {field["key"] for field in self.app.get_object(PUPILS)["fields"]}
        self.assertLessEqual({"field_133", "field_197", "field_855"}, fields)

    def test_all_records_of_a_school_are_read_page_after_page(self):
        pages = self.app.get_records(PUPILS, filters=filters(OF_SCHOOL), rows_per_page=200)
        # The client's own way to a field, record["id"], recurses without end.
        records = [record.record for record in pages]
        self.assertEqual(len(records), RECORDS)
        self.assertEqual(len({record["id"] for record in records}), RECORDS)
        for record in records:
            self.assertEqual(record["field_133_raw"][0]["id"], SCHOOL)

    def test_totals_follow_the_filter(self):
        school = self.app.get_records(PUPILS, filters=filters(OF_SCHOOL), rows_per_page=1)
        self.assertEqual(len(school), RECORDS)
        blank = self.app.get_records(
            PUPILS, filters=filters(OF_SCHOOL, BLANK_DATE), rows_per_page=1
        )
        self.assertEqual(len(blank), NOT_COMPLETED)

    def test_the_answers_of_a_school_are_read_page_after_page(self):
        pages = self.app.get_records(ANSWERS, filters=filters(ANSWERS_OF_SCHOOL), rows_per_page=200)
        records = [record.record for record in pages]
        # Every pupil has one record of answers.
        self.assertEqual(len({record["id"] for record in records}), RECORDS)
        undated = [record for record in records if record["field_856"] == ""]
        self.assertEqual(len(undated), NOT_COMPLETED)
        for record in records:
            self.assertEqual(record["field_1821_raw"][0]["id"], SCHOOL)

    def test_the_questions_are_described_as_numbers(self):
        kinds = {field["key"]: field["type"] for field in self.app.get_object(ANSWERS)["fields"]}
        for field in ("field_794", "field_1953", "field_1955", "field_1956", "field_2045"):
            self.assertEqual(kinds[field], "number")

    def test_an_unknown_object_is_not_found(self):
        with self.assertRaises(NotFoundError):
            self.app.get_object("object_999")

    def test_a_wrong_key_is_refused(self):
        app = KnackApp(
            app_id=self.settings["KNACK_APP_ID"],
            api_key="wrong",
            endpoint=self.settings["KNACK_API_URL"],
        )
        with self.assertRaisesRegex(ApiResponseError, "401"):
            app.get_object(PUPILS)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
