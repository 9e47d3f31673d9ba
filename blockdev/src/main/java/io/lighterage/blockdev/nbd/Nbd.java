package io.lighterage.blockdev.nbd;

/**
 * The numbers of the NBD protocol, fixed newstyle: {@code doc/proto.md} of github.com/NetworkBlockDevice/nbd, under the
 * names they have there without the prefix {@code NBD_}. All integers on the wire are big-endian.
 */
final class Nbd {
    /** "NBDMAGIC", then "IHAVEOPT", then 16 bits of handshake flags: the server's greeting. */
    static final long GREETING_MAGIC = 0x4e42444d41474943L;

    /** "IHAVEOPT", also before each option: option (32 bits), length of its data (32), data. */
    static final long OPTION_MAGIC = 0x49484156454f5054L;

    /** Before each reply to an option: option (32), type (32), length (32), data. */
    static final long OPTION_REPLY_MAGIC = 0x0003e889045565a9L;

    static final int OPTION_HEADER_BYTES = 16;

    static final int FLAG_FIXED_NEWSTYLE = 1;
    static final int FLAG_NO_ZEROES = 1 << 1;

    static final int OPT_EXPORT_NAME = 1;
    static final int OPT_ABORT = 2;
    static final int OPT_LIST = 3;
    static final int OPT_STARTTLS = 5;
    static final int OPT_INFO = 6;
    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_LIST_META_CONTEXT = 9;
    static final int OPT_SET_META_CONTEXT = 10;

    static final int REP_ACK = 1;
    static final int REP_SERVER = 2;
    static final int REP_INFO = 3;
    static final int REP_META_CONTEXT = 4;
    static final int REP_ERR_UNSUP = 1 << 31 | 1;
    static final int REP_ERR_INVALID = 1 << 31 | 3;
    static final int REP_ERR_UNKNOWN = 1 << 31 | 6;
    static final int REP_ERR_TOO_BIG = 1 << 31 | 9;

    static final int INFO_EXPORT = 0;
    static final int INFO_NAME = 1;
    static final int INFO_BLOCK_SIZE = 3;

    /** Longest string, in bytes: names of exports and of metadata contexts. */
    static final int MOST_STRING_BYTES = 4096;

    /** Zeros after the answer to {@link #OPT_EXPORT_NAME}, unless {@link #FLAG_NO_ZEROES} was agreed. */
    static final int EXPORT_NAME_ZEROES = 124;

    static final int TRANSMISSION_HAS_FLAGS = 1;
    static final int TRANSMISSION_READ_ONLY = 1 << 1;
    static final int TRANSMISSION_SEND_FLUSH = 1 << 2;
    static final int TRANSMISSION_SEND_DF = 1 << 7;
    static final int TRANSMISSION_CAN_MULTI_CONN = 1 << 8;
    static final int TRANSMISSION_SEND_CACHE = 1 << 10;

    /** Before each request: flags (16), type (16), cookie (64), offset (64), length (32); the data of a write. */
    static final int REQUEST_MAGIC = 0x25609513;

    static final int REQUEST_BYTES = 28;

    static final int CMD_READ = 0;
    static final int CMD_WRITE = 1;
    static final int CMD_DISC = 2;
    static final int CMD_FLUSH = 3;
    static final int CMD_TRIM = 4;
    static final int CMD_CACHE = 5;
    static final int CMD_WRITE_ZEROES = 6;
    static final int CMD_BLOCK_STATUS = 7;
    static final int CMD_RESIZE = 8;

    static final int CMD_FLAG_DF = 1 << 2;
    static final int CMD_FLAG_REQ_ONE = 1 << 3;

    /** Before a simple reply: error (32), cookie (64), the data of a read that went well. */
    static final int SIMPLE_REPLY_MAGIC = 0x67446698;

    static final int SIMPLE_REPLY_BYTES = 16;

    /**
     * Before a chunk of a structured reply: flags (16), type (16), cookie (64), length of the payload (32), payload.
     */
    static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;

    static final int STRUCTURED_REPLY_BYTES = 20;

    static final int REPLY_FLAG_DONE = 1;
    static final int REPLY_TYPE_NONE = 0;

    /** Payload: offset (64), data. */
    static final int REPLY_TYPE_OFFSET_DATA = 1;

    /** Payload: context (32), then length (32) and status flags (32) of each extent. */
    static final int REPLY_TYPE_BLOCK_STATUS = 5;

    /** Payload: error (32), length of a message (16), message. */
    static final int REPLY_TYPE_ERROR = 1 << 15 | 1;

    static final int EPERM = 1;
    static final int EIO = 5;
    static final int EINVAL = 22;
    static final int EOVERFLOW = 75;

    private Nbd() {}
}
