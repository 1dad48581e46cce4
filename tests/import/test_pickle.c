#include "kgstore/base/pickle.h"
#include "import/members.h"
#include "kgstore/base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* Written by Python's pickle module unless said otherwise. */
typedef struct pickle_case {
    const char *what, *bytes;
    size_t size;
    const char *says; /* the members as shown below, or a part of the message */
} pickle_case;

#define CASE(what, bytes, says)                                                                    \
    { what, bytes, sizeof(bytes) - 1, says }

static const pickle_case good[] = {
    CASE("a dict of pairs, protocol 0",
         "(dp0\x0AV\\u767d\\u9152\x0Ap1\x0A(lp2\x0A(V\\u7597\x0Ap3\x0AVa\x0Ap4\x0Atp5\x0A"
         "a(Vr\x0Ap6\x0AVb\x0Ap7\x0Atp8\x0A"
         "asg7\x0A(lp9\x0As.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 0",
         "ccollections\x0A"
         "defaultdict\x0Ap0\x0A(c__builtin__\x0Alist\x0Ap1\x0Atp2\x0ARp3\x0AVa\x0Ap4\x0A(lp5\x0A("
         "Vr\x0Ap6\x0AVb\x0Ap7\x0Atp8\x0A"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 0",
         "ccollections\x0AOrderedDict\x0Ap0\x0A(tRp1\x0AVa\x0Ap2\x0A(lp3\x0AVT\x0Ap4\x0A"
         "aVU\x0Ap5\x0A"
         "asVb\x0Ap6\x0Ag4\x0As.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 0",
         "(dp0\x0AVa\x0Ap1\x0A"
         "c__builtin__\x0Aset\x0Ap2\x0A((lp3\x0AVT\x0Ap4\x0A"
         "atp5\x0ARp6\x0AsVb\x0Ap7\x0A"
         "c__builtin__\x0A"
         "frozenset\x0Ap8\x0A((lp9\x0AVU\x0Ap10\x0A"
         "atp11\x0ARp12\x0AsVc\x0Ap13\x0A(VV\x0Ap14\x0Atp15\x0AsVd\x0Ap16\x0AI3\x0As.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 0",
         "(dp0\x0AVf\x0Ap1\x0A"
         "F0.5\x0AsVi\x0Ap2\x0AI-"
         "70000\x0AsVj\x0Ap3\x0AL1099511627776L\x0AsVk\x0Ap4\x0AI300\x0AsVn\x0Ap5\x0ANsVt\x0Ap6\x0A"
         "I01\x0AsVu\x0Ap7\x0AI00\x0AsVm\x0Ap8\x0AI-1\x0As.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("a dict of pairs, protocol 1",
         "}q\x00(X\x06\x00\x00\x00\xE7\x99\xBD\xE9\x85\x92q\x01]q\x02(("
         "X\x03\x00\x00\x00\xE7\x96\x97q\x03X\x01\x00\x00\x00"
         "aq\x04tq\x05(X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07tq\x08"
         "eh\x07]q\x09u.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 1",
         "ccollections\x0A"
         "defaultdict\x0Aq\x00(c__builtin__\x0Alist\x0Aq\x01tq\x02Rq\x03X\x01\x00\x00\x00"
         "aq\x04]q\x05(X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07tq\x08"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 1",
         "ccollections\x0AOrderedDict\x0Aq\x00)Rq\x01(X\x01\x00\x00\x00"
         "aq\x02]q\x03(X\x01\x00\x00\x00Tq\x04X\x01\x00\x00\x00Uq\x05"
         "eX\x01\x00\x00\x00"
         "bq\x06h\x04u.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 1",
         "}q\x00(X\x01\x00\x00\x00"
         "aq\x01"
         "c__builtin__\x0Aset\x0Aq\x02(]q\x03X\x01\x00\x00\x00Tq\x04"
         "atq\x05Rq\x06X\x01\x00\x00\x00"
         "bq\x07"
         "c__builtin__\x0A"
         "frozenset\x0Aq\x08(]q\x09X\x01\x00\x00\x00Uq\x0A"
         "atq\x0BRq\x0CX\x01\x00\x00\x00"
         "cq\x0D(X\x01\x00\x00\x00Vq\x0Etq\x0FX\x01\x00\x00\x00"
         "dq\x10K\x03u.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 1",
         "}q\x00(X\x01\x00\x00\x00"
         "fq\x01G"
         "?\xE0\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00iq\x02J\x90\xEE\xFE\xFFX\x01\x00\x00\x00jq"
         "\x03L1099511627776L\x0AX\x01\x00\x00\x00kq\x04M,"
         "\x01X\x01\x00\x00\x00nq\x05NX\x01\x00\x00\x00tq\x06I01\x0AX\x01\x00\x00\x00uq\x07I00\x0AX"
         "\x01\x00\x00\x00mq\x08J\xFF\xFF\xFF\xFFu.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("a dict of pairs, protocol 2",
         "\x80\x02}q\x00(X\x06\x00\x00\x00\xE7\x99\xBD\xE9\x85\x92q\x01]q\x02("
         "X\x03\x00\x00\x00\xE7\x96\x97q\x03X\x01\x00\x00\x00"
         "aq\x04\x86q\x05X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07\x86q\x08"
         "eh\x07]q\x09u.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 2",
         "\x80\x02"
         "ccollections\x0A"
         "defaultdict\x0Aq\x00"
         "c__builtin__\x0Alist\x0Aq\x01\x85q\x02Rq\x03X\x01\x00\x00\x00"
         "aq\x04]q\x05X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07\x86q\x08"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 2",
         "\x80\x02"
         "ccollections\x0AOrderedDict\x0Aq\x00)Rq\x01(X\x01\x00\x00\x00"
         "aq\x02]q\x03(X\x01\x00\x00\x00Tq\x04X\x01\x00\x00\x00Uq\x05"
         "eX\x01\x00\x00\x00"
         "bq\x06h\x04u.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 2",
         "\x80\x02}q\x00(X\x01\x00\x00\x00"
         "aq\x01"
         "c__builtin__\x0Aset\x0Aq\x02]q\x03X\x01\x00\x00\x00Tq\x04"
         "a\x85q\x05Rq\x06X\x01\x00\x00\x00"
         "bq\x07"
         "c__builtin__\x0A"
         "frozenset\x0Aq\x08]q\x09X\x01\x00\x00\x00Uq\x0A"
         "a\x85q\x0BRq\x0CX\x01\x00\x00\x00"
         "cq\x0DX\x01\x00\x00\x00Vq\x0E\x85q\x0FX\x01\x00\x00\x00"
         "dq\x10K\x03u.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 2",
         "\x80\x02}q\x00(X\x01\x00\x00\x00"
         "fq\x01G"
         "?\xE0\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00iq\x02J\x90\xEE\xFE\xFFX\x01\x00\x00\x00jq"
         "\x03\x8A\x06\x00\x00\x00\x00\x00\x01X\x01\x00\x00\x00kq\x04M,"
         "\x01X\x01\x00\x00\x00nq\x05NX\x01\x00\x00\x00tq\x06\x88X\x01\x00\x00\x00uq\x07\x89X\x01"
         "\x00\x00\x00mq\x08J\xFF\xFF\xFF\xFFu.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("a dict of pairs, protocol 3",
         "\x80\x03}q\x00(X\x06\x00\x00\x00\xE7\x99\xBD\xE9\x85\x92q\x01]q\x02("
         "X\x03\x00\x00\x00\xE7\x96\x97q\x03X\x01\x00\x00\x00"
         "aq\x04\x86q\x05X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07\x86q\x08"
         "eh\x07]q\x09u.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 3",
         "\x80\x03"
         "ccollections\x0A"
         "defaultdict\x0Aq\x00"
         "cbuiltins\x0Alist\x0Aq\x01\x85q\x02Rq\x03X\x01\x00\x00\x00"
         "aq\x04]q\x05X\x01\x00\x00\x00rq\x06X\x01\x00\x00\x00"
         "bq\x07\x86q\x08"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 3",
         "\x80\x03"
         "ccollections\x0AOrderedDict\x0Aq\x00)Rq\x01(X\x01\x00\x00\x00"
         "aq\x02]q\x03(X\x01\x00\x00\x00Tq\x04X\x01\x00\x00\x00Uq\x05"
         "eX\x01\x00\x00\x00"
         "bq\x06h\x04u.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 3",
         "\x80\x03}q\x00(X\x01\x00\x00\x00"
         "aq\x01"
         "cbuiltins\x0Aset\x0Aq\x02]q\x03X\x01\x00\x00\x00Tq\x04"
         "a\x85q\x05Rq\x06X\x01\x00\x00\x00"
         "bq\x07"
         "cbuiltins\x0A"
         "frozenset\x0Aq\x08]q\x09X\x01\x00\x00\x00Uq\x0A"
         "a\x85q\x0BRq\x0CX\x01\x00\x00\x00"
         "cq\x0DX\x01\x00\x00\x00Vq\x0E\x85q\x0FX\x01\x00\x00\x00"
         "dq\x10K\x03u.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 3",
         "\x80\x03}q\x00(X\x01\x00\x00\x00"
         "fq\x01G"
         "?\xE0\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00iq\x02J\x90\xEE\xFE\xFFX\x01\x00\x00\x00jq"
         "\x03\x8A\x06\x00\x00\x00\x00\x00\x01X\x01\x00\x00\x00kq\x04M,"
         "\x01X\x01\x00\x00\x00nq\x05NX\x01\x00\x00\x00tq\x06\x88X\x01\x00\x00\x00uq\x07\x89X\x01"
         "\x00\x00\x00mq\x08J\xFF\xFF\xFF\xFFu.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("a dict of pairs, protocol 4",
         "\x80\x04\x95,\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x06\xE7\x99\xBD\xE9\x85\x92\x94]\x94("
         "\x8C\x03\xE7\x96\x97\x94\x8C\x01"
         "a\x94\x86\x94\x8C\x01r\x94\x8C\x01"
         "b\x94\x86\x94"
         "eh\x07]\x94u.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 4",
         "\x80\x04\x95I\x00\x00\x00\x00\x00\x00\x00\x8C\x0B"
         "collections\x94\x8C\x0B"
         "defaultdict\x94\x93\x94\x8C\x08"
         "builtins\x94\x8C\x04list\x94\x93\x94\x85\x94R\x94\x8C\x01"
         "a\x94]\x94\x8C\x01r\x94\x8C\x01"
         "b\x94\x86\x94"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 4",
         "\x80\x04\x95:\x00\x00\x00\x00\x00\x00\x00\x8C\x0B"
         "collections\x94\x8C\x0BOrderedDict\x94\x93\x94)R\x94(\x8C\x01"
         "a\x94]\x94(\x8C\x01T\x94\x8C\x01U\x94"
         "e\x8C\x01"
         "b\x94h\x06u.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 4",
         "\x80\x04\x95,\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x01"
         "a\x94\x8F\x94(\x8C\x01T\x94\x90\x8C\x01"
         "b\x94(\x8C\x01U\x94\x91\x94\x8C\x01"
         "c\x94\x8C\x01V\x94\x85\x94\x8C\x01"
         "d\x94K\x03u.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 4",
         "\x80\x04\x95"
         "F\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x01"
         "f\x94G"
         "?\xE0\x00\x00\x00\x00\x00\x00\x8C\x01i\x94J\x90\xEE\xFE\xFF\x8C\x01j\x94\x8A\x06\x00\x00"
         "\x00\x00\x00\x01\x8C\x01k\x94M,"
         "\x01\x8C\x01n\x94N\x8C\x01t\x94\x88\x8C\x01u\x94\x89\x8C\x01m\x94J\xFF\xFF\xFF\xFFu.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("a dict of pairs, protocol 5",
         "\x80\x05\x95,\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x06\xE7\x99\xBD\xE9\x85\x92\x94]\x94("
         "\x8C\x03\xE7\x96\x97\x94\x8C\x01"
         "a\x94\x86\x94\x8C\x01r\x94\x8C\x01"
         "b\x94\x86\x94"
         "eh\x07]\x94u.",
         "\xE7\x99\xBD\xE9\x85\x92=[[\xE7\x96\x97,a],[r,b]];b=[];"),
    CASE("a defaultdict, protocol 5",
         "\x80\x05\x95I\x00\x00\x00\x00\x00\x00\x00\x8C\x0B"
         "collections\x94\x8C\x0B"
         "defaultdict\x94\x93\x94\x8C\x08"
         "builtins\x94\x8C\x04list\x94\x93\x94\x85\x94R\x94\x8C\x01"
         "a\x94]\x94\x8C\x01r\x94\x8C\x01"
         "b\x94\x86\x94"
         "as.",
         "a=[[r,b]];"),
    CASE("an OrderedDict, protocol 5",
         "\x80\x05\x95:\x00\x00\x00\x00\x00\x00\x00\x8C\x0B"
         "collections\x94\x8C\x0BOrderedDict\x94\x93\x94)R\x94(\x8C\x01"
         "a\x94]\x94(\x8C\x01T\x94\x8C\x01U\x94"
         "e\x8C\x01"
         "b\x94h\x06u.",
         "a=[T,U];b=T;"),
    CASE("sets and tuples, protocol 5",
         "\x80\x05\x95,\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x01"
         "a\x94\x8F\x94(\x8C\x01T\x94\x90\x8C\x01"
         "b\x94(\x8C\x01U\x94\x91\x94\x8C\x01"
         "c\x94\x8C\x01V\x94\x85\x94\x8C\x01"
         "d\x94K\x03u.",
         "a=[T];b=[U];c=[V];d=3;"),
    CASE("numbers, protocol 5",
         "\x80\x05\x95"
         "F\x00\x00\x00\x00\x00\x00\x00}\x94(\x8C\x01"
         "f\x94G"
         "?\xE0\x00\x00\x00\x00\x00\x00\x8C\x01i\x94J\x90\xEE\xFE\xFF\x8C\x01j\x94\x8A\x06\x00\x00"
         "\x00\x00\x00\x01\x8C\x01k\x94M,"
         "\x01\x8C\x01n\x94N\x8C\x01t\x94\x88\x8C\x01u\x94\x89\x8C\x01m\x94J\xFF\xFF\xFF\xFFu.",
         "f=0.5;i=-70000;j=1099511627776;k=300;n=none;t=true;u=false;m=-1;"),
    CASE("strings of Python 2",
         "(dp0\x0AS'caf\\xc3\\xa9'\x0Ap1\x0A(lp2\x0AS\"it's\"\x0Ap3\x0A"
         "aU\x02okq\x04"
         "as.",
         "caf\xC3\xA9=[it's,ok];"),
    CASE("a dict called with pairs",
         "c__builtin__\x0A"
         "dict\x0A((lU\x01"
         "aK\x01\x86"
         "atR.",
         "a=1;"),
    CASE("POP_MARK and POP",
         "}(K\x01"
         "1K\x02"
         "0U\x01"
         "aK\x05s.",
         "a=5;"),
};

static const pickle_case bad[] = {
    CASE("an opcode that calls", "cos\x0Asystem\x0A(S'echo'\x0AtR.", "names os.system"),
    CASE("a reduce of builtins",
         "c__builtin__\x0A"
         "eval\x0A(S'1'\x0AtR.",
         "names __builtin__.eval"),
    CASE("a persistent id", "Pfoo\x0A.", "opcode 0x50"),
    CASE("BUILD", "}}b.", "the state of an object is set, which is refused"),
    CASE("INST", "(ios\x0Asystem\x0A.", "opcode 0x69"),
    CASE("OBJ", "(cbuiltins\x0Alist\x0Ao.", "opcode 0x6F"),
    CASE("NEWOBJ", "cbuiltins\x0Alist\x0A)\x81.", "opcode 0x81"),
    CASE("an extension", "\x82\x01.", "opcode 0x82"),
    CASE("bytes",
         "C\x01"
         "a.",
         "opcode 0x43"),
    CASE("a stack that is empty", "a.", "stack empty"),
    CASE("no mark", "u.", "no mark"),
    CASE("a key without a value",
         "}(U\x01"
         "au.",
         "key without a value"),
    CASE("a memo never put", "h\x05.", "never put"),
    CASE("a large memo index", "}r\xFF\xFF\xFF\x7F.", "larger than the file"),
    CASE("a cut string",
         "X\xFF\x00\x00\x00"
         "ab",
         "longer than the file"),
    CASE("a cut line", "Vabc", "does not end"),
    CASE("no end", "}", "more bytes than there are"),
    CASE("a long integer",
         "\x80\x02}q\x00X\x01\x00\x00\x00"
         "aq\x01\x8A\x09\x00\x00\x00\x00\x00\x00\x00\x00@s.",
         "larger than 64 bits"),
    CASE("no UTF-8", "}U\x01\xFFK\x01s.", "not UTF-8"),
    CASE("a surrogate", "V\\ud800\x0A.", "not UTF-8"),
    CASE("a protocol to come", "\x80\x06}.", "protocol above 5"),
    CASE("append to a dict",
         "}K\x01"
         "a.",
         "no list or set"),
    CASE("setitem in a list", "]K\x01K\x02s.", "no dict"),
    CASE("text after quotes in a number", "I12x\x0A.", "a number was expected"),
    CASE("a list", "].", "holds no dict"),
    CASE("a constructor with odd arguments", "cbuiltins\x0Aset\x0A(K\x01K\x02tR.",
         "not understood"),
    CASE("a call of a list", "])R.", "no constructor"),
    CASE("an escape that is none", "V\\u12\x0A.", "escape that is none"),
};

typedef struct shown {
    char text[512];
    size_t n;
} shown;

static void show(shown *to, const kg_datum *v) {
    switch (v->kind) {
    case KG_DATUM_NONE:
        to->n += (size_t)sprintf(to->text + to->n, "none");
        return;
    case KG_DATUM_BOOL:
        to->n += (size_t)sprintf(to->text + to->n, v->as.integer ? "true" : "false");
        return;
    case KG_DATUM_INTEGER:
        to->n += (size_t)sprintf(to->text + to->n, "%lld", (long long)v->as.integer);
        return;
    case KG_DATUM_REAL:
        to->n += (size_t)sprintf(to->text + to->n, "%g", v->as.real);
        return;
    case KG_DATUM_TEXT:
        to->n += (size_t)sprintf(to->text + to->n, "%.*s", KG_STR_ARG(v->as.text));
        return;
    case KG_DATUM_LIST:
        to->n += (size_t)sprintf(to->text + to->n, "[");
        for (size_t i = 0; i < v->n; i++) {
            to->n += (size_t)sprintf(to->text + to->n, i ? "," : "");
            show(to, v->as.items[i]);
        }
        to->n += (size_t)sprintf(to->text + to->n, "]");
        return;
    case KG_DATUM_DICT:
        to->n += (size_t)sprintf(to->text + to->n, "{}");
        return;
    case KG_DATUM_NAME:
    case KG_DATUM_CALL:
        fail_msg("a name that nobody knows was read");
    }
}

static kg_status show_member(void *context, const kg_datum *key, const kg_datum *value,
                             kg_error *err) {
    shown *to = context;
    (void)err;
    show(to, key);
    to->n += (size_t)sprintf(to->text + to->n, "=");
    show(to, value);
    to->n += (size_t)sprintf(to->text + to->n, ";");
    return KG_OK;
}

static void test_what_is_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        shown to = {"", 0};
        kg_error err = KG_ERROR_INIT;
        kg_status st =
            kg_members_each((kg_str){good[i].bytes, good[i].size}, "p", show_member, &to, &err);
        if (st != KG_OK || strcmp(to.text, good[i].says) != 0)
            print_error("case: %s: %s\n", good[i].what, err.text);
        assert_int_equal(st, KG_OK);
        assert_string_equal(to.text, good[i].says);
    }
}

static void test_what_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        shown to = {"", 0};
        kg_error err = KG_ERROR_INIT;
        kg_status st =
            kg_members_each((kg_str){bad[i].bytes, bad[i].size}, "p", show_member, &to, &err);
        if (st != KG_ERR_FORMAT || !strstr(err.text, bad[i].says))
            print_error("case: %s: %s\n", bad[i].what, err.text);
        assert_int_equal(st, KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, bad[i].says));
    }
}

/* A long list copied by a short call, again and again. */
static void test_values_stay_within_a_multiple_of_the_file(void **state) {
    (void)state;
    kg_bytes bomb = KG_ARRAY_INIT;
    const char start[] = "}U\x01k]q\x00(", step[] = "cbuiltins\nset\n(h\x00tR";
    assert_int_equal(kg_array_append(&bomb, start, sizeof start - 1), KG_OK);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(kg_array_append(&bomb, "K\x01", 2), KG_OK);
    assert_int_equal(kg_array_append(&bomb, "e", 1), KG_OK);
    for (int i = 0; i < 20000; i++) {
        const char put[] = "h\x00";
        assert_int_equal(kg_array_append(&bomb, put, 0), KG_OK);
        assert_int_equal(kg_array_append(&bomb, step, sizeof step - 1), KG_OK);
    }
    kg_error err = KG_ERROR_INIT;
    shown to = {"", 0};
    assert_int_equal(kg_members_each((kg_str){bomb.data, bomb.len}, "p", show_member, &to, &err),
                     KG_ERR_FORMAT);
    assert_non_null(strstr(err.text, "beyond what a pickle of this size"));
    kg_array_free(&bomb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_values_stay_within_a_multiple_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
