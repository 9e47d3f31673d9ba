package io.lighterage.blockdev.linux;

/** Error numbers of Linux: include/uapi/asm-generic/errno-base.h and errno.h. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int ENOTBLK = 15;
    public static final int EBUSY = 16;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int EROFS = 30;
    public static final int ENOSYS = 38;
    public static final int ECONNABORTED = 103;
    public static final int EUCLEAN = 117;

    private Errno() {}

    /** The error in words. */
    public static String text(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file or directory";
            case ESRCH -> "no such process";
            case EIO -> "input/output error";
            case EACCES -> "permission denied";
            case ENOTBLK -> "block device required";
            case EBUSY -> "device or resource busy";
            case ENODEV -> "no such device, or no such type of file system";
            case ENOTDIR -> "not a directory";
            case EINVAL -> "invalid argument";
            case ENOSYS -> "not known to this kernel";
            case EUCLEAN -> "structure needs cleaning";
            default -> "error " + errno;
        };
    }
}
