/** A message of RFC 5424, taken apart by its ABNF (section 6). */
export interface SyslogMessage {
  facility: number;
  severity: number;
  time: string;
  hostname: string;
  appName: string;
  procId: string;
  msgId: string;
  data: Record<string, Record<string, string>>;
  text: string;
}

/** Throws where the message is not of the grammar. */
export function parseSyslog(bytes: Buffer): SyslogMessage {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const head =
    /^<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /.exec(
      text,
    );
  if (head === null) throw new Error(`no header: ${text.slice(0, 100)}`);
  const [whole, priority, time, hostname, appName, procId, msgId] = head as unknown as string[];
  let at = whole!.length;
  const data: SyslogMessage['data'] = {};
  if (text[at] === '-') at++;
  else {
    while (text[at] === '[') {
      const id = /^\[([!#-<>-\\^-~]{1,32})/.exec(text.slice(at));
      if (id === null) throw new Error('no SD-ID');
      at += id[0].length;
      const params: Record<string, string> = Object.create(null);
      data[id[1]!] = params;
      for (;;) {
        const param = /^ ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/.exec(text.slice(at));
        if (param === null) break;
        if (Object.hasOwn(params, param[1]!)) throw new Error(`twice: ${param[1]}`);
        params[param[1]!] = param[2]!.replace(/\\(["\\\]])/g, '$1');
        at += param[0].length;
      }
      if (text[at++] !== ']')
        throw new Error(`no end of the structured data at ${text.slice(at - 1, at + 40)}`);
    }
    if (at === whole!.length) throw new Error('no structured data');
  }
  const rest = text.slice(at);
  if (!rest.startsWith(' \ufeff')) throw new Error('no message');
  return {
    facility: Number(priority) >> 3,
    severity: Number(priority) & 7,
    time: time!,
    hostname: hostname!,
    appName: appName!,
    procId: procId!,
    msgId: msgId!,
    data,
    text: rest.slice(2),
  };
}

/** The messages of a stream with a length before each (RFC 6587, 3.4.1); throws where one is torn. */
export function octetCounted(stream: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(0x20, at);
    const length = stream.toString('latin1', at, space);
    if (!/^[1-9]\d*$/.test(length)) throw new Error(`no length: ${length.slice(0, 20)}`);
    at = space + 1 + Number(length);
    if (at > stream.length) throw new Error('torn');
    messages.push(stream.subarray(space + 1, at));
  }
  return messages;
}
