"""Tests of the checker on small trees of files: `scripts/check-circles --self-test`."""

import pathlib
import tempfile
import unittest

from . import graph, rust, tokens, typescript


def circles(files):
    """The circles of a tree, given as text by path; each as the sorted names of its files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        needs = graph.Needs()
        for target in rust.targets(root):
            rust.add_needs(target, needs)
        typescript.add_needs([root / "web"], needs)
        return sorted(sorted(str(file.relative_to(root)) for file in circle) for circle in needs.circles())


def two(a, b, lib="mod a;\nmod b;\n"):
    """A library of the modules `a` and `b`."""
    return {"src/lib.rs": lib, "src/a.rs": a, "src/b.rs": b}


A_AND_B = [["src/a.rs", "src/b.rs"]]


class Rust(unittest.TestCase):
    def test_each_way_to_name_an_item_of_another_file_ties(self):
        b = "use crate::a::A;\npub struct B(A);\n"
        for way in [
            "use super::b::B;\npub struct A(Box<B>);",
            "use crate::b::{self, B as Other};\npub struct A(Box<Other>);",
            "use crate::{b::B};\npub struct A;",
            "pub struct A(Box<crate::b::B>);",
            "use super::b;\npub struct A(Box<b::B>);",
            "use super::b::*;\npub struct A(Box<B>);",
            "pub struct A;\nfn f() { use super::b::B; }",
            "pub struct A;\nimpl A { fn f() { super::b::B::new() } }",
            "pub struct A;\n#[derive(Api)]\n#[api(paths(super::b::B))]\nstruct Api;",
            "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }",
            "pub struct A;\nmod inner { pub(super) use super::super::b::B; }\nfn f(_: inner::B) {}",
            "pub struct A;\nfn f<T: Into<super::b::B>>() {}",
        ]:
            with self.subTest(way):
                self.assertEqual(circles(two(way, b)), A_AND_B)

    def test_one_direction_is_no_circle(self):
        self.assertEqual(circles(two("pub struct A;", "use super::a::A;\npub struct B(A);")), [])

    def test_comments_strings_and_names_of_other_crates_do_not_tie(self):
        b = "use crate::a::A;\npub struct B(A);\n"
        for text in [
            "/// [`super::b::B`]\npub struct A;",
            "pub struct A;\n/* super::b::B /* nested */ super::b::B */",
            'pub struct A;\nconst T: &str = "use super::b::B;";',
            'pub struct A;\nconst T: &str = r#"" super::b::B "#;',
            "pub struct A;\nfn f<'b>(x: &'b str) -> char { x.b(); '\"' }",
            "pub struct A;\nuse other::b::B;\nfn f(_: B) {}",
            "pub struct A;\nfn f(b: u8) { b.max(1); }",
            "pub struct A;\nfn f() -> impl Iterator + use<> {}",
        ]:
            with self.subTest(text):
                self.assertEqual(circles(two(text, b)), [])

    def test_a_parent_that_declares_and_re_exports_its_child_is_no_circle(self):
        child = "use super::Shared;\npub struct Child(Shared);"
        parent = "mod child;\npub use child::Child;\npub struct Shared;\n"
        files = {"src/lib.rs": "mod parent;", "src/parent.rs": parent, "src/parent/child.rs": child}
        self.assertEqual(circles(files), [])
        for uses in ["fn f(_: Child) {}", "fn f() { child::f() }", "struct S { child: Child }"]:
            with self.subTest(uses):
                tied = {**files, "src/parent.rs": parent + uses}
                self.assertEqual(circles(tied), [["src/parent.rs", "src/parent/child.rs"]])

    def test_an_item_named_through_a_re_export_is_in_the_file_that_defines_it(self):
        lib = "mod a;\nmod b;\npub use a::A;\npub use b::*;\n"
        self.assertEqual(circles(two("pub struct A;", "use crate::A;\npub struct B(A);", lib)), [])
        self.assertEqual(circles(two("pub struct A(crate::B);", "use crate::A;\npub struct B(A);", lib)), A_AND_B)

    def test_a_macro_ties_to_the_file_that_defines_it(self):
        lib = "macro_rules! made { () => {} }\nmod a;\nfn f(_: a::A) {}\n"
        files = {"src/lib.rs": lib, "src/a.rs": "pub struct A;\nmade!();"}
        self.assertEqual(circles(files), [["src/a.rs", "src/lib.rs"]])

    def test_circles_run_through_several_files_and_each_is_found(self):
        files = {
            "src/main.rs": "mod a; mod b; mod c; mod d; mod e;",
            "src/a.rs": "pub struct A(crate::b::B);",
            "src/b.rs": "pub struct B(crate::c::C);",
            "src/c.rs": "pub struct C(crate::a::A, crate::d::D);",
            "src/d.rs": "pub struct D(crate::e::E);",
            "src/e.rs": "pub struct E(crate::d::D);",
        }
        found = [["src/a.rs", "src/b.rs", "src/c.rs"], ["src/d.rs", "src/e.rs"]]
        self.assertEqual(circles(files), found)

    def test_modules_are_found_where_rust_finds_them(self):
        files = {
            "src/bin/tool/main.rs": '#[path = "odd/place.rs"]\nmod a;\nmod b { pub mod c; }',
            "src/bin/tool/odd/place.rs": "pub struct A(crate::b::c::C);",
            "src/bin/tool/b/c.rs": "pub struct C(crate::a::A);",
        }
        self.assertEqual(circles(files), [sorted(["src/bin/tool/odd/place.rs", "src/bin/tool/b/c.rs"])])

    def test_lines_are_those_of_the_source(self):
        found = tokens.tokens('/* \n */ "\n"\n// x\nname')
        self.assertEqual((found[-1].text, found[-1].line), ("name", 5))


class TypeScript(unittest.TestCase):
    def test_each_way_to_import_ties(self):
        for way in [
            'import { b } from "./b";\nexport const a = b;',
            'import type { b } from "./b.ts";\nexport const a = 1;',
            'import {\n  type b as other,\n} from "./b";\nexport const a = 1;',
            'import * as all from "./b";\nexport const a = all.b;',
            'export const a = () => import("./b");',
            'import "./b";\nexport const a = 1;',
        ]:
            with self.subTest(way):
                files = {"web/a.ts": way, "web/b.ts": 'import { a } from "./a";\nexport const b = a;'}
                self.assertEqual(circles(files), [["web/a.ts", "web/b.ts"]])

    def test_what_is_not_an_import_does_not_tie(self):
        b = 'import { a } from "./a";\nexport const b = a;'
        for text in [
            '// import { b } from "./b";\nexport const a = 1;',
            '/*\nimport { b } from "./b";\n*/\nexport const a = "//";',
            'import { b } from "elsewhere";\nexport const a = b;',
            'import "./b.css";\nexport const a = 1;',
        ]:
            with self.subTest(text):
                self.assertEqual(circles({"web/a.ts": text, "web/b.ts": b}), [])

    def test_components_tie_by_their_scripts(self):
        vue = '<template>import x from "./B.vue"</template>\n<script setup lang="ts">\n%s\n</script>\n'
        files = {"web/A.vue": vue % 'import B from "./B.vue";', "web/B.vue": vue % 'import A from "./A.vue";'}
        self.assertEqual(circles(files), [["web/A.vue", "web/B.vue"]])
        self.assertEqual(circles({**files, "web/B.vue": vue % ""}), [])

    def test_a_name_is_followed_through_re_exports(self):
        files = {
            "web/index.ts": 'export { a } from "./a";\nexport * from "./b";',
            "web/a.ts": "export const a = 1;",
            "web/b.ts": 'import { a } from ".";\nexport const b = a;',
        }
        self.assertEqual(circles(files), [])
        tied = {**files, "web/a.ts": 'import { b } from "./index";\nexport const a = b;'}
        self.assertEqual(circles(tied), [["web/a.ts", "web/b.ts"]])
