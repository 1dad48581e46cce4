"""A person at a terminal: types what the steps say and looks for what should come.

usage: person.py COMMAND... <STEPS, a line each:
    type TEXT      TEXT, \\n for Enter, \\t for Tab, ^C and ^D for the keys
    see TEXT       wait until TEXT has come since the last `see`
    end            wait for the end; prints the exit status
"""
import os, pty, re, select, sys, time, fcntl, struct, termios

LIMIT = 30  # seconds, of a step


def start(command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return pid, terminal


def read_some(terminal, seconds):
    if not select.select([terminal], [], [], seconds)[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other side is closed
        return None


def wait_for(text, got, terminal):
    until = time.time() + LIMIT
    while text.encode() not in got and time.time() < until:
        more = read_some(terminal, 0.2)
        if more is None:
            break
        got += more
    at = got.find(text.encode())
    print("seen:" if at >= 0 else "not seen:", text)
    if at < 0:
        print(re.sub(rb"\x1b\[[?0-9;]*[a-zA-Z]", b"", got).decode(errors="replace"))
        return b""
    return got[at + len(text.encode()):]


def keys(text):
    for name, key in (("\\n", "\n"), ("\\t", "\t"), ("^C", "\x03"), ("^D", "\x04")):
        text = text.replace(name, key)
    return text.encode()


def main():
    pid, terminal = start(sys.argv[1:])
    got = b""
    for step in sys.stdin.read().splitlines():
        verb, _, text = step.partition(" ")
        if verb == "type":
            os.write(terminal, keys(text))
        elif verb == "see":
            got = wait_for(text, got, terminal)
        elif verb == "end":
            while read_some(terminal, LIMIT) is not None:
                pass
            print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
