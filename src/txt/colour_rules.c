/*
 * The languages as data: what opens and closes comments and strings, and the words that stand out.
 * Words are sorted as strcmp() sorts; a test looks after that.
 */
#include "txt/colour_rules.h"

static const char *const c_keywords[] = { "alignas", "alignof", "asm", "auto", "break", "case",
	"const", "constexpr", "continue", "default", "do", "else", "enum", "extern", "for", "goto",
	"if", "inline", "register", "restrict", "return", "sizeof", "static", "static_assert",
	"struct", "switch", "thread_local", "typedef", "typeof", "union", "volatile", "while" };
static const char *const c_types[] = { "FILE", "NULL", "_Atomic", "_Bool", "bool", "char", "double",
	"false", "float", "int", "int16_t", "int32_t", "int64_t", "int8_t", "intptr_t", "long",
	"off_t", "ptrdiff_t", "short", "signed", "size_t", "ssize_t", "time_t", "true", "uint16_t",
	"uint32_t", "uint64_t", "uint8_t", "uintptr_t", "unsigned", "void" };
static const char *const cpp_keywords[] = { "alignas", "alignof", "and", "asm", "auto", "break",
	"case", "catch", "class", "co_await", "co_return", "co_yield", "concept", "const",
	"const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default",
	"delete", "do", "dynamic_cast", "else", "enum", "explicit", "export", "extern", "final",
	"for", "friend", "goto", "if", "inline", "mutable", "namespace", "new", "noexcept", "not",
	"operator", "or", "override", "private", "protected", "public", "register",
	"reinterpret_cast", "requires", "return", "sizeof", "static", "static_assert",
	"static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "try",
	"typedef", "typeid", "typename", "union", "using", "virtual", "volatile", "while" };
static const char *const cpp_types[] = { "NULL", "array", "bool", "char", "char16_t", "char32_t",
	"char8_t", "double", "false", "float", "int", "int16_t", "int32_t", "int64_t", "int8_t",
	"long", "map", "nullptr", "optional", "pair", "set", "shared_ptr", "short", "signed",
	"size_t", "std", "string", "string_view", "true", "uint16_t", "uint32_t", "uint64_t",
	"uint8_t", "unique_ptr", "unsigned", "vector", "void", "wchar_t" };
static const char *const css_keywords[] = { "auto", "block", "flex", "grid", "important", "inherit",
	"initial", "inline", "none", "unset" };
static const char *const docker_keywords[] = { "add", "arg", "as", "cmd", "copy", "entrypoint",
	"env", "expose", "from", "healthcheck", "label", "maintainer", "onbuild", "run", "shell",
	"stopsignal", "user", "volume", "workdir" };
static const char *const go_keywords[] = { "break", "case", "chan", "const", "continue", "default",
	"defer", "else", "fallthrough", "for", "func", "go", "goto", "if", "import", "interface",
	"map", "package", "range", "return", "select", "struct", "switch", "type", "var" };
static const char *const go_types[] = { "any", "append", "bool", "byte", "cap", "close",
	"complex128", "complex64", "copy", "delete", "error", "false", "float32", "float64", "int",
	"int16", "int32", "int64", "int8", "iota", "len", "make", "new", "nil", "panic", "print",
	"println", "recover", "rune", "string", "true", "uint", "uint16", "uint32", "uint64",
	"uint8", "uintptr" };
static const char *const java_keywords[] = { "abstract", "assert", "break", "case", "catch",
	"class", "continue", "default", "do", "else", "enum", "extends", "final", "finally", "for",
	"goto", "if", "implements", "import", "instanceof", "interface", "native", "new", "package",
	"permits", "private", "protected", "public", "record", "return", "sealed", "static",
	"strictfp", "super", "switch", "synchronized", "this", "throw", "throws", "transient",
	"try", "var", "volatile", "while", "yield" };
static const char *const java_types[] = { "Boolean", "Double", "Exception", "Integer", "List",
	"Long", "Map", "Object", "Optional", "Override", "Set", "String", "boolean", "byte", "char",
	"double", "false", "float", "int", "long", "null", "short", "true", "void" };
static const char *const js_keywords[] = { "as", "async", "await", "break", "case", "catch",
	"class", "const", "continue", "debugger", "default", "delete", "do", "else", "export",
	"extends", "finally", "for", "from", "function", "get", "if", "import", "in", "instanceof",
	"let", "new", "of", "return", "set", "static", "super", "switch", "this", "throw", "try",
	"typeof", "var", "void", "while", "with", "yield" };
static const char *const js_types[] = { "Array", "Boolean", "Date", "Error", "Infinity", "JSON",
	"Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RegExp", "Set", "String",
	"Symbol", "WeakMap", "console", "document", "false", "globalThis", "null", "process",
	"require", "true", "undefined", "window" };
static const char *const ts_keywords[] = { "abstract", "as", "asserts", "async", "await", "break",
	"case", "catch", "class", "const", "continue", "debugger", "declare", "default", "delete",
	"do", "else", "enum", "export", "extends", "finally", "for", "from", "function", "get",
	"if", "implements", "import", "in", "infer", "instanceof", "interface", "is", "keyof",
	"let", "module", "namespace", "new", "of", "override", "private", "protected", "public",
	"readonly", "return", "satisfies", "set", "static", "super", "switch", "this", "throw",
	"try", "type", "typeof", "var", "void", "while", "with", "yield" };
static const char *const ts_types[] = { "Array", "Boolean", "Date", "Error", "JSON", "Map", "Math",
	"NaN", "Number", "Object", "Partial", "Promise", "Record", "RegExp", "Set", "String", "any",
	"bigint", "boolean", "console", "document", "false", "never", "null", "number", "object",
	"string", "symbol", "true", "undefined", "unknown", "window" };
static const char *const json_types[] = { "false", "null", "true" };
static const char *const lua_keywords[] = { "and", "break", "do", "else", "elseif", "end", "for",
	"function", "goto", "if", "in", "local", "not", "or", "repeat", "return", "then", "until",
	"while" };
static const char *const lua_types[] = { "_G", "assert", "coroutine", "error", "false", "io",
	"ipairs", "math", "next", "nil", "os", "pairs", "pcall", "print", "require", "select",
	"self", "setmetatable", "string", "table", "tonumber", "tostring", "true", "type" };
static const char *const make_keywords[] = { "define", "else", "endef", "endif", "export", "ifdef",
	"ifeq", "ifndef", "ifneq", "include", "override", "undefine", "unexport", "vpath" };
static const char *const perl_keywords[] = { "and", "continue", "do", "else", "elsif", "eq", "for",
	"foreach", "ge", "given", "gt", "if", "last", "le", "local", "lt", "my", "ne", "next", "no",
	"not", "or", "our", "package", "redo", "require", "return", "sub", "unless", "until", "use",
	"when", "while", "xor" };
static const char *const perl_types[] = { "bless", "chomp", "defined", "delete", "die", "each",
	"eval", "exists", "grep", "join", "keys", "length", "map", "open", "pop", "print", "printf",
	"push", "ref", "reverse", "say", "scalar", "shift", "sort", "splice", "split", "sprintf",
	"substr", "undef", "unshift", "values", "warn" };
static const char *const php_keywords[] = { "abstract", "and", "array", "as", "break", "callable",
	"case", "catch", "class", "clone", "const", "continue", "declare", "default", "do", "echo",
	"else", "elseif", "empty", "enum", "extends", "final", "finally", "fn", "for", "foreach",
	"function", "global", "goto", "if", "implements", "include", "include_once", "instanceof",
	"insteadof", "interface", "isset", "list", "match", "namespace", "new", "or", "print",
	"private", "protected", "public", "readonly", "require", "require_once", "return", "static",
	"switch", "throw", "trait", "try", "unset", "use", "var", "while", "xor", "yield" };
static const char *const php_types[] = { "bool", "false", "float", "int", "iterable", "mixed",
	"never", "null", "object", "parent", "self", "string", "true", "void" };
static const char *const py_keywords[] = { "and", "as", "assert", "async", "await", "break", "case",
	"class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
	"global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass",
	"raise", "return", "try", "while", "with", "yield" };
static const char *const py_types[] = { "Exception", "False", "KeyError", "None", "NotImplemented",
	"OSError", "True", "TypeError", "ValueError", "__name__", "all", "any", "bool", "bytes",
	"cls", "dict", "enumerate", "filter", "float", "int", "isinstance", "iter", "len", "list",
	"map", "max", "min", "next", "object", "open", "print", "range", "repr", "self", "set",
	"sorted", "str", "sum", "super", "tuple", "type", "zip" };
static const char *const ruby_keywords[] = { "alias", "and", "begin", "break", "case", "class",
	"def", "defined", "do", "else", "elsif", "end", "ensure", "for", "if", "in", "module",
	"next", "not", "or", "redo", "rescue", "retry", "return", "super", "then", "undef",
	"unless", "until", "when", "while", "yield" };
static const char *const ruby_types[] = { "Array", "Class", "Hash", "Integer", "Module", "String",
	"Struct", "Symbol", "attr_accessor", "attr_reader", "attr_writer", "extend", "false",
	"include", "nil", "private", "protected", "public", "puts", "raise", "require",
	"require_relative", "self", "true" };
static const char *const rust_keywords[] = { "as", "async", "await", "break", "const", "continue",
	"crate", "dyn", "else", "enum", "extern", "fn", "for", "if", "impl", "in", "let", "loop",
	"match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "super", "trait",
	"type", "union", "unsafe", "use", "where", "while" };
static const char *const rust_types[] = { "Arc", "Box", "Err", "HashMap", "None", "Ok", "Option",
	"Rc", "Result", "Self", "Some", "String", "Vec", "bool", "char", "f32", "f64", "false",
	"i128", "i16", "i32", "i64", "i8", "isize", "self", "str", "true", "u128", "u16", "u32",
	"u64", "u8", "usize" };
static const char *const sh_keywords[] = { "case", "do", "done", "elif", "else", "esac", "export",
	"fi", "for", "function", "if", "in", "local", "return", "select", "set", "shift", "then",
	"trap", "until", "while" };
static const char *const sh_types[] = { "awk", "cat", "cd", "chmod", "cp", "curl", "echo", "eval",
	"exec", "exit", "false", "find", "git", "grep", "kill", "ln", "ls", "make", "mkdir", "mv",
	"printf", "pwd", "read", "rm", "sed", "sleep", "sort", "source", "sudo", "tail", "tar",
	"test", "touch", "true", "unset", "wait", "xargs" };
static const char *const sql_keywords[] = { "add", "all", "alter", "analyze", "and", "as", "asc",
	"begin", "between", "by", "cascade", "case", "cast", "check", "column", "commit",
	"conflict", "constraint", "create", "cross", "database", "default", "delete", "desc",
	"distinct", "do", "drop", "else", "end", "escape", "except", "exists", "explain", "fetch",
	"filter", "for", "foreign", "from", "full", "function", "grant", "group", "having", "if",
	"ilike", "in", "index", "inner", "insert", "intersect", "into", "is", "join", "key",
	"language", "lateral", "left", "like", "limit", "materialized", "natural", "not", "nothing",
	"null", "offset", "on", "only", "or", "order", "outer", "over", "partition", "primary",
	"procedure", "recursive", "references", "replace", "restrict", "returning", "returns",
	"revoke", "right", "rollback", "row", "rows", "schema", "select", "set", "table",
	"temporary", "then", "to", "transaction", "trigger", "truncate", "union", "unique",
	"unnest", "update", "using", "values", "view", "when", "where", "window", "with" };
static const char *const sql_types[] = { "array", "bigint", "bigserial", "boolean", "bytea", "char",
	"character", "coalesce", "count", "current_timestamp", "date", "decimal", "double", "false",
	"float", "integer", "interval", "json", "jsonb", "max", "min", "now", "numeric",
	"precision", "real", "serial", "smallint", "sum", "text", "time", "timestamp",
	"timestamptz", "true", "uuid", "varchar" };
static const char *const yaml_types[] = { "false", "no", "null", "off", "on", "true", "yes" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEYWORDS(a) .keywords = (a), .nkeywords = COUNT(a)
#define TYPES(a) .types = (a), .ntypes = COUNT(a)

#define LINE(sign)                                                                                 \
	{                                                                                          \
		.open = (sign)                                                                     \
	}
#define BLOCK(from, until)                                                                         \
	{                                                                                          \
		.open = (from), .close = (until), .is_over_lines = true, .has_no_escapes = true    \
	}
#define QUOTED(sign)                                                                               \
	{                                                                                          \
		.open = (sign), .close = (sign)                                                    \
	}
#define QUOTED_LONG(sign)                                                                          \
	{                                                                                          \
		.open = (sign), .close = (sign), .is_over_lines = true                             \
	}
#define VERBATIM(from, until)                                                                      \
	{                                                                                          \
		.open = (from), .close = (until), .is_over_lines = true, .has_no_escapes = true    \
	}
#define C_COMMENTS                                                                                 \
	{                                                                                          \
		BLOCK("/*", "*/"), LINE("//")                                                      \
	}
#define C_STRINGS                                                                                  \
	{                                                                                          \
		QUOTED("\""), QUOTED("'")                                                          \
	}
#define JS_STRINGS                                                                                 \
	{                                                                                          \
		QUOTED("\""), QUOTED("'"), QUOTED_LONG("`")                                        \
	}

const struct colour_rules colour_rules[SYNTAX__MAX] = {
	[SYNTAX_TEXT] = { .mode = COLOUR_PLAIN },
	[SYNTAX_IRC] = { .mode = COLOUR_IRC },
	[SYNTAX_C] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = C_STRINGS,
	    KEYWORDS(c_keywords),
	    TYPES(c_types),
	    .has_preprocessor = true },
	[SYNTAX_CPP] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = C_STRINGS,
	    KEYWORDS(cpp_keywords),
	    TYPES(cpp_types),
	    .has_preprocessor = true },
	[SYNTAX_CSS] = { .mode = COLOUR_CODE,
	    .comments = { BLOCK("/*", "*/") },
	    .strings = C_STRINGS,
	    KEYWORDS(css_keywords),
	    .in_words = "-",
	    .meta = '@',
	    .has_keys = true },
	[SYNTAX_DIFF] = { .mode = COLOUR_DIFF },
	[SYNTAX_DOCKERFILE] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = C_STRINGS,
	    KEYWORDS(docker_keywords),
	    .in_words = "-./",
	    .sigils = "$",
	    .ignores_case = true },
	[SYNTAX_GO] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = { QUOTED("\""), QUOTED("'"), VERBATIM("`", "`") },
	    KEYWORDS(go_keywords),
	    TYPES(go_types) },
	[SYNTAX_HTML] = { .mode = COLOUR_TAGS },
	[SYNTAX_INI] = { .mode = COLOUR_SETTINGS },
	[SYNTAX_JAVA] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = { QUOTED_LONG("\"\"\""), QUOTED("\""), QUOTED("'") },
	    KEYWORDS(java_keywords),
	    TYPES(java_types),
	    .meta = '@' },
	[SYNTAX_JAVASCRIPT] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = JS_STRINGS,
	    KEYWORDS(js_keywords),
	    TYPES(js_types),
	    .in_words = "$",
	    .has_regex = true },
	[SYNTAX_JSON] = { .mode = COLOUR_CODE,
	    .strings = { QUOTED("\"") },
	    TYPES(json_types),
	    .has_keys = true },
	[SYNTAX_LUA] = { .mode = COLOUR_CODE,
	    .comments = { BLOCK("--[[", "]]"), LINE("--") },
	    .strings = { VERBATIM("[[", "]]"), QUOTED("\""), QUOTED("'") },
	    KEYWORDS(lua_keywords),
	    TYPES(lua_types) },
	[SYNTAX_MAKEFILE] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = C_STRINGS,
	    KEYWORDS(make_keywords),
	    .in_words = "-./%",
	    .sigils = "$",
	    .has_keys = true },
	[SYNTAX_MARKDOWN] = { .mode = COLOUR_MARKDOWN },
	[SYNTAX_PERL] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = { QUOTED_LONG("\""), QUOTED_LONG("'"), QUOTED("`") },
	    KEYWORDS(perl_keywords),
	    TYPES(perl_types),
	    .sigils = "$@%",
	    .has_regex = true },
	[SYNTAX_PHP] = { .mode = COLOUR_CODE,
	    .comments = { BLOCK("/*", "*/"), LINE("//"), LINE("#") },
	    .strings = { QUOTED_LONG("\""), QUOTED_LONG("'") },
	    KEYWORDS(php_keywords),
	    TYPES(php_types),
	    .sigils = "$",
	    .ignores_case = true },
	[SYNTAX_PYTHON] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = { QUOTED_LONG("\"\"\""), QUOTED_LONG("'''"), QUOTED("\""), QUOTED("'") },
	    KEYWORDS(py_keywords),
	    TYPES(py_types),
	    .meta = '@' },
	[SYNTAX_RUBY] = { .mode = COLOUR_CODE,
	    .comments = { BLOCK("=begin", "=end"), LINE("#") },
	    .strings = { QUOTED_LONG("\""), QUOTED_LONG("'"), QUOTED("`") },
	    KEYWORDS(ruby_keywords),
	    TYPES(ruby_types),
	    .sigils = "$@",
	    .has_regex = true },
	[SYNTAX_RUST] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = { VERBATIM("r#\"", "\"#"), QUOTED_LONG("\""),
		{ .open = "'", .close = "'", .is_short = true } },
	    KEYWORDS(rust_keywords),
	    TYPES(rust_types),
	    .meta = '#' },
	[SYNTAX_SH] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = { QUOTED_LONG("\""), VERBATIM("'", "'"), QUOTED("`") },
	    KEYWORDS(sh_keywords),
	    TYPES(sh_types),
	    .in_words = "-./",
	    .sigils = "$" },
	[SYNTAX_SQL] = { .mode = COLOUR_CODE,
	    .comments = { BLOCK("/*", "*/"), LINE("--") },
	    .strings = { VERBATIM("$$", "$$"), VERBATIM("'", "'"), QUOTED("\"") },
	    KEYWORDS(sql_keywords),
	    TYPES(sql_types),
	    .ignores_case = true },
	[SYNTAX_TYPESCRIPT] = { .mode = COLOUR_CODE,
	    .comments = C_COMMENTS,
	    .strings = JS_STRINGS,
	    KEYWORDS(ts_keywords),
	    TYPES(ts_types),
	    .in_words = "$",
	    .meta = '@',
	    .has_regex = true },
	[SYNTAX_XML] = { .mode = COLOUR_TAGS },
	[SYNTAX_YAML] = { .mode = COLOUR_CODE,
	    .comments = { LINE("#") },
	    .strings = { QUOTED_LONG("\""), { .open = "'", .close = "'", .has_no_escapes = true } },
	    TYPES(yaml_types),
	    .in_words = "-./",
	    .sigils = "&*",
	    .has_keys = true },
};
